/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image is checked when it is unpacked, although it comes from our own supervisor: after an upgrade that may be another build.
 */
#include "settings_fd.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/settings_image.h"

/* All of it or -errno. */
static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, bytes, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		len -= (size_t)written;
	}
	return 0;
}

int settings_to_fd(const struct settings *s)
{
	void *image = NULL;
	size_t len = 0;
	int status = settings_pack(s, &image, &len);
	int fd;

	if (status != 0)
		return status;
	fd = memfd_create("vrrpd settings", MFD_CLOEXEC);
	status = fd < 0 ? -errno : write_all(fd, image, len);
	if (status != 0 && fd >= 0)
		close(fd);
	free(image);
	return status != 0 ? status : fd;
}

int settings_from_fd(int fd, struct settings **ret)
{
	struct stat st;
	void *image;
	int status;

	if (fstat(fd, &st) != 0)
		return -errno;
	image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		return -errno;
	status = settings_unpack(image, (size_t)st.st_size, ret);
	munmap(image, (size_t)st.st_size);
	return status;
}
