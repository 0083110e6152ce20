/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images of settings, which one process hands to another: bytes that nobody should be able to spoil, and that are checked as if
 * anybody could. An input is a configuration, a zero byte, a change of its image's length and then any number of changed
 * bytes, so that inputs keep their meaning when the structs change; without a configuration the rest is the image itself.
 * What is accepted can be packed, printed and lived by.
 */
#include <string.h>

#include "base/bytes.h"

#include "fuzz.h"
#include "settings_life.h"

enum {
	INPUT_LEN_MAX = 8192,
	LONGER_MAX = 4096,
	LEFT_OUT = 0x8000, /* a change of length: shorter by the rest of it */
};

struct image {
	uint8_t *bytes;
	size_t len;
};

/* The image of a configuration, which must be a right one: true. */
static bool image_of_text(const char *text, struct image *ret)
{
	struct conf_problems problems;
	struct settings *s = NULL;
	void *packed = NULL;

	if (conf_parse("fuzz.conf", text, strlen(text), &s, &problems) == 0)
		MUST(settings_pack(s, &packed, &ret->len) == 0);
	ret->bytes = packed;
	settings_free(s);
	conf_problems_done(&problems);
	return packed != NULL;
}

static void change_length(struct image *image, uint16_t change)
{
	size_t by = change % LONGER_MAX, len = image->len + by;

	if (change & LEFT_OUT)
		len = image->len > by ? image->len - by : 0;
	image->bytes = realloc(image->bytes, len + 1);
	if (len > image->len)
		memset(image->bytes + image->len, 0, len - image->len);
	image->len = len;
}

static void change_bytes(struct image *image, struct reader *r)
{
	while (image->len > 0 && reader_left(r) > 0) {
		size_t place = read_be16(r) % image->len;

		image->bytes[place] ^= read_u8(r);
	}
}

static void try(const struct image *image)
{
	struct settings *s = NULL;
	char *text;

	if (settings_unpack(image->bytes, image->len, &s) != 0) {
		MUST(s == NULL);
		return;
	}
	life_image(s);
	text = conf_print(s);
	MUST(text != NULL);
	free(text);
	life_engine(s);
	settings_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *end = len > 0 ? memchr(data, '\0', len) : NULL;
	struct reader r = reader_of(data, len);
	struct image image = { .bytes = NULL };

	if (len > INPUT_LEN_MAX || !end)
		return 0;
	read_skip(&r, (size_t)(end - data) + 1);
	if (end == data) {
		image.len = reader_left(&r);
		image.bytes = malloc(image.len + 1);
		read_bytes(&r, image.bytes, image.len);
	} else {
		if (!image_of_text((const char *)data, &image))
			return 0;
		change_length(&image, read_be16(&r));
		change_bytes(&image, &r);
	}
	try(&image);
	free(image.bytes);
	return 0;
}
