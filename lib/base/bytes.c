/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only code that touches raw bytes of a packet. Every access goes through take() or room(),
 * which are the bounds checks; once one has failed it fails for good, so that what comes after a
 * hole is never read from, or written to, the wrong place.
 */
#include "base/bytes.h"

#include <string.h>

struct reader reader_of(const void *data, size_t len)
{
	return (struct reader){ .data = data, .len = len };
}

size_t reader_left(const struct reader *r)
{
	return r->len - r->pos;
}

/* The next len bytes, or NULL if there are not so many; then nothing is left. */
static const uint8_t *take(struct reader *r, size_t len)
{
	if (len == 0)
		return r->data; /* an empty message may be NULL, which must not be added to */
	if (len > reader_left(r)) {
		r->overrun = true;
		r->pos = r->len;
		return NULL;
	}
	const uint8_t *at = r->data + r->pos;

	r->pos += len;
	return at;
}

/* Big-endian, of up to eight bytes; 0 if they are not there. */
static uint64_t read_number(struct reader *r, size_t len)
{
	const uint8_t *at = take(r, len);
	uint64_t value = 0;

	for (size_t i = 0; at && i < len; i++)
		value = value << 8 | at[i];
	return value;
}

uint8_t read_u8(struct reader *r)
{
	return (uint8_t)read_number(r, 1);
}

uint16_t read_be16(struct reader *r)
{
	return (uint16_t)read_number(r, 2);
}

uint32_t read_be32(struct reader *r)
{
	return (uint32_t)read_number(r, 4);
}

uint64_t read_be64(struct reader *r)
{
	return read_number(r, 8);
}

void read_bytes(struct reader *r, void *out, size_t len)
{
	const uint8_t *at = take(r, len);

	if (len == 0)
		return; /* and neither may memcpy be given NULL */
	if (at)
		memcpy(out, at, len);
	else
		memset(out, 0, len);
}

void read_skip(struct reader *r, size_t len)
{
	take(r, len);
}

struct writer writer_of(void *data, size_t cap)
{
	return (struct writer){ .data = data, .cap = cap };
}

/* Where the next len bytes go, or NULL if they do not fit; then nothing fits any more. */
static uint8_t *room(struct writer *w, size_t len)
{
	if (len == 0)
		return w->data;
	if (w->overrun || len > w->cap - w->len) {
		w->overrun = true;
		return NULL;
	}
	uint8_t *at = w->data + w->len;

	w->len += len;
	return at;
}

static void put_number(uint8_t *at, size_t len, uint64_t v)
{
	for (size_t i = len; i > 0; i--, v >>= 8)
		at[i - 1] = (uint8_t)v;
}

static void write_number(struct writer *w, size_t len, uint64_t v)
{
	uint8_t *at = room(w, len);

	if (at)
		put_number(at, len, v);
}

void write_u8(struct writer *w, uint8_t v)
{
	write_number(w, 1, v);
}

void write_be16(struct writer *w, uint16_t v)
{
	write_number(w, 2, v);
}

void write_be32(struct writer *w, uint32_t v)
{
	write_number(w, 4, v);
}

void write_be64(struct writer *w, uint64_t v)
{
	write_number(w, 8, v);
}

void write_bytes(struct writer *w, const void *data, size_t len)
{
	uint8_t *at = room(w, len);

	if (at && len > 0)
		memcpy(at, data, len);
}

void write_zeros(struct writer *w, size_t len)
{
	uint8_t *at = room(w, len);

	if (at && len > 0)
		memset(at, 0, len);
}

void write_be16_at(struct writer *w, size_t pos, uint16_t v)
{
	if (w->len < 2 || pos > w->len - 2) {
		w->overrun = true;
		return;
	}
	put_number(w->data + pos, 2, v);
}
