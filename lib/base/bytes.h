/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader and a writer that cannot leave their buffer. Both remember that they ran out instead of
 * failing at each call: read or write straight down, ask once at the end.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *data;
	size_t len;
	size_t pos;
	bool overrun; /* something was asked for beyond the end; what it returned was 0 */
};

struct writer {
	uint8_t *data;
	size_t cap;
	size_t len;   /* bytes written so far */
	bool overrun; /* something did not fit and was left out */
};

struct reader reader_of(const void *data, size_t len);
size_t reader_left(const struct reader *r);
uint8_t read_u8(struct reader *r);
uint16_t read_be16(struct reader *r);
uint32_t read_be32(struct reader *r);
uint64_t read_be64(struct reader *r);
/* Copies len bytes; on overrun out is zeroed. */
void read_bytes(struct reader *r, void *out, size_t len);
void read_skip(struct reader *r, size_t len);

struct writer writer_of(void *data, size_t cap);
void write_u8(struct writer *w, uint8_t v);
void write_be16(struct writer *w, uint16_t v);
void write_be32(struct writer *w, uint32_t v);
void write_be64(struct writer *w, uint64_t v);
void write_bytes(struct writer *w, const void *data, size_t len);
void write_zeros(struct writer *w, size_t len);
/* Overwrites two bytes already written at pos (a checksum that is known last). */
void write_be16_at(struct writer *w, size_t pos, uint16_t v);

#endif
