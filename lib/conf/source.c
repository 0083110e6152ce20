/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files are read here and nowhere else: libconfuse's own scanner ends the process when it is
 * given a directory. What is not a regular file is refused after open() and before read(), so
 * that nothing blocks and nothing is endless.
 */
#include "conf/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/grow.h"

/* 0, or -errno and why the open file is not one to read. */
static int check_kind(int fd, struct source *s, const char **ret_why)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		*ret_why = strerror(errno);
		return -errno;
	}
	if (S_ISDIR(st.st_mode)) {
		*ret_why = "is a directory, right is a file";
		return -EISDIR;
	}
	if (!S_ISREG(st.st_mode)) {
		*ret_why = "is no regular file, right is one";
		return -EINVAL;
	}
	s->device = st.st_dev;
	s->inode = st.st_ino;
	return 0;
}

/* Reads to the end, which the size need not tell (files in /proc have none). */
static int read_all(int fd, struct source *s, const char **ret_why)
{
	size_t cap = 0;

	for (;;) {
		char *text = grow(s->text, &cap, s->len + 1, 1);

		if (!text)
			return -ENOMEM;
		s->text = text;

		ssize_t n = read(fd, s->text + s->len, cap - s->len - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*ret_why = strerror(errno);
			return -errno;
		}
		if (n == 0)
			break;
		s->len += (size_t)n;
		if (s->len > CONF_BYTES_MAX) {
			*ret_why = "is too long, right are at most 16 MiB";
			return -EFBIG;
		}
	}
	s->text[s->len] = '\0';
	return 0;
}

int source_read(const char *path, struct source *ret, const char **ret_why)
{
	struct source s = { .text = NULL };
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	*ret_why = "";
	if (fd < 0) {
		int error = errno;

		*ret_why = strerror(error);
		return -error;
	}
	int rc = check_kind(fd, &s, ret_why);

	if (rc == 0)
		rc = read_all(fd, &s, ret_why);
	close(fd);
	if (rc < 0) {
		source_done(&s);
		return rc;
	}
	*ret = s;
	return 0;
}

int source_clean(char *text, size_t *len, const char **ret_why, unsigned int *ret_line)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t in = *len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
	size_t out = 0;
	unsigned int line = 1;

	if (*len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
		*ret_why = "this is UTF-16, right is plain text or UTF-8";
		*ret_line = 1;
		return -EINVAL;
	}
	for (; in < *len; in++) {
		unsigned char c = (unsigned char)text[in];

		if ((c < ' ' && !strchr("\t\n\v\f\r", c)) || c == 0x7f || c == 0) {
			*ret_why = "a control character is no text, right is plain text or UTF-8";
			*ret_line = line;
			return -EINVAL;
		}
		if (c == '\n')
			line++;
		if (c == '\r' && in + 1 < *len && text[in + 1] == '\n')
			continue;
		text[out++] = text[in];
	}
	text[out] = '\0';
	*len = out;
	return 0;
}

void source_done(struct source *s)
{
	free(s->text);
	*s = (struct source){ .text = NULL };
}
