/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * It is the files' pages that are locked, by mappings made for that: of what may be written to, and of what the linker has written to, this process
 * has copies, and another one begins with the file's.
 */
#include "resident.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKER_CACHE "/etc/ld.so.cache"

static int lock(const char *path, off_t offset, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *mapped;

	if (fd < 0)
		return -errno;
	mapped = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, offset);
	close(fd);
	if (mapped == MAP_FAILED)
		return -errno;
	/* mlock2() because sanitizers make mlock() do nothing. */
	return mlock2(mapped, len, 0) == 0 ? 0 : -errno;
}

/* A line of /proc/self/maps. A file that has been replaced meanwhile has another name there, and nobody is to start from it. */
static int lock_mapping(char *line)
{
	uint64_t from, to, offset;
	int path = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n", &from, &to, &offset,
		   &path) != 3 ||
	    line[path] != '/' || access(line + path, F_OK) != 0)
		return 0;
	return lock(line + path, (off_t)offset, (size_t)(to - from));
}

static int lock_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	size_t cap = 0;
	char *line = NULL;
	int status = 0;

	if (!maps)
		return -errno;
	while (getline(&line, &cap, maps) >= 0) {
		int failure = lock_mapping(line);

		if (status == 0)
			status = failure;
	}
	free(line);
	fclose(maps);
	return status;
}

/* Not every system has one. */
static int lock_linker_cache(void)
{
	struct stat st;

	return stat(LINKER_CACHE, &st) == 0 && st.st_size > 0
		       ? lock(LINKER_CACHE, 0, (size_t)st.st_size)
		       : 0;
}

int resident_keep(void)
{
	int mappings = lock_mappings();
	int cache = lock_linker_cache();

	return mappings != 0 ? mappings : cache;
}
