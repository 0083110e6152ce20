/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings as bytes: what is packed comes out the same, and an image that is cut, stretched or
 * changed anywhere is either refused or still settings that could have come from a file.
 */
#include <errno.h>
#include <stddef.h>

#include "conf/check.h"
#include "conf/settings_image.h"
#include "conf_kit.h"
#include "random.h"
#include "unit.h"

struct image {
	unsigned char *data;
	size_t len;
};

static struct image image_of(const struct settings *s)
{
	struct image image;
	void *data;

	ck_assert_int_eq(settings_pack(s, &data, &image.len), 0);
	image.data = data;
	return image;
}

static struct settings *sample(void)
{
	struct loaded l = load_path(TEST_DIR "/conf/good/every-key.conf");
	struct settings *s = l.settings;

	ck_assert_int_eq(l.rc, 0);
	l.settings = NULL;
	loaded_done(&l);
	return s;
}

/* Unpacks a copy of exactly that length, so that reading beyond it is seen. */
static int unpack(const void *data, size_t len, struct settings **ret)
{
	unsigned char *copy = malloc(len ? len : 1);

	memcpy(copy, data, len);
	int rc = settings_unpack(copy, len, ret);

	free(copy);
	return rc;
}

static void assert_refused(const struct settings *s, const char *what)
{
	struct image image = image_of(s);
	struct settings *copy = NULL;

	ck_assert_msg(unpack(image.data, image.len, &copy) == -EINVAL, "%s", what);
	ck_assert_ptr_null(copy);
	free(image.data);
}

START_TEST(what_is_packed_comes_out_the_same)
{
	struct settings *s = sample(), *copy = NULL;
	struct image image = image_of(s);

	ck_assert_int_eq(unpack(image.data, image.len, &copy), 0);
	ck_assert(settings_equal(s, copy));
	/* also packed again */
	struct image again = image_of(copy);

	ck_assert_uint_eq(again.len, image.len);
	ck_assert_mem_eq(again.data, image.data, image.len);
	free(again.data);
	free(image.data);
	settings_free(copy);
	settings_free(s);
}
END_TEST

START_TEST(an_image_may_lie_at_any_address)
{
	struct settings *s = sample(), *copy = NULL;
	struct image image = image_of(s);
	unsigned char *shifted = malloc(image.len + 1);

	memcpy(shifted + 1, image.data, image.len);
	ck_assert_int_eq(settings_unpack(shifted + 1, image.len, &copy), 0);
	ck_assert(settings_equal(s, copy));
	settings_free(copy);
	settings_free(s);
	free(shifted);
	free(image.data);
}
END_TEST

START_TEST(no_settings_at_all_are_settings_too)
{
	struct settings none = { .global = { .name = "x", .script_user = "nobody" } }, *copy = NULL;
	struct image image = image_of(&none);

	ck_assert_int_eq(unpack(image.data, image.len, &copy), 0);
	ck_assert_uint_eq(copy->instance_count, 0);
	settings_free(copy);
	free(image.data);
}
END_TEST

START_TEST(an_image_of_any_other_length_is_refused)
{
	struct settings *s = sample(), *copy = NULL;
	struct image image = image_of(s);
	unsigned char *longer = calloc(1, image.len + 64);

	memcpy(longer, image.data, image.len);
	for (size_t len = 0; len < image.len + 64; len++)
		if (len != image.len)
			ck_assert_int_eq(unpack(longer, len, &copy), -EINVAL);
	ck_assert_ptr_null(copy);
	free(longer);
	free(image.data);
	settings_free(s);
}
END_TEST

/* Whatever it is now, it must be settings that could have come from a file. */
static void assert_usable(const struct settings *s)
{
	char *text = conf_print(s);
	struct conf_problems problems;
	struct settings *again = NULL;

	ck_assert_ptr_nonnull(text);
	ck_assert(settings_equal(s, s));
	/*
	 * what contradicts each other is not the image's business; it must only be read without a
	 * crash
	 */
	if (conf_parse("again", text, strlen(text), &again, &problems) == 0)
		ck_assert(settings_equal(s, again));
	conf_problems_done(&problems);
	settings_free(again);
	free(text);
}

START_TEST(a_change_of_any_bit_is_refused_or_harmless)
{
	struct settings *s = sample();
	struct image image = image_of(s);
	size_t refused = 0, tried = 0;

	for (size_t i = 0; i < image.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct settings *copy = NULL;

			image.data[i] ^= (unsigned char)(1 << bit);
			int rc = unpack(image.data, image.len, &copy);

			ck_assert(rc == 0 || rc == -EINVAL);
			if (rc == 0 && bit == 0)
				assert_usable(copy);
			settings_free(copy);
			image.data[i] ^= (unsigned char)(1 << bit);
			refused += rc != 0;
			tried++;
		}
	}
	ck_assert_uint_gt(refused, tried / 4);
	free(image.data);
	settings_free(s);
}
END_TEST

START_TEST(many_changes_at_once_do_no_harm)
{
	struct settings *s = sample();
	struct image image = image_of(s);
	unsigned char *changed = malloc(image.len);
	struct random random = { 1 };

	for (int i = 0; i < 20000; i++) {
		struct settings *copy = NULL;

		memcpy(changed, image.data, image.len);
		for (uint32_t n = random_below(&random, 8); n > 0; n--)
			changed[random_below(&random, (uint32_t)image.len)] =
				(unsigned char)random_next(&random);
		if (unpack(changed, image.len, &copy) == 0)
			assert_usable(copy);
		settings_free(copy);
	}
	free(changed);
	free(image.data);
	settings_free(s);
}
END_TEST

/* The one byte of a bool, without making it undefined behaviour in the test itself. */
static void set_byte(void *base, size_t offset, unsigned char value)
{
	memcpy((char *)base + offset, &value, 1);
}

#define REFUSE(change)                                            \
	do {                                                      \
		struct settings *s = sample();                    \
		struct instance_settings *web = &s->instances[0]; \
		struct vip *vip = &s->vips[1];                    \
		struct check_settings *script = &s->checks[0];    \
		struct check_settings *process = &s->checks[1];   \
		struct check_settings *file = &s->checks[2];      \
		struct track_settings *track = &s->tracks[0];     \
		change;                                           \
		(void)web;                                        \
		(void)vip;                                        \
		(void)script;                                     \
		(void)process;                                    \
		(void)file;                                       \
		(void)track;                                      \
		assert_refused(s, #change);                       \
		settings_free(s);                                 \
	} while (0)

START_TEST(each_kind_of_wrong_value_is_refused)
{
	REFUSE(s->global.name[0] = '\0');
	REFUSE(memset(s->global.name, 'x', sizeof(s->global.name)));
	REFUSE(memset(s->global.control_group, 'x', sizeof(s->global.control_group)));
	REFUSE(s->global.log_target = (enum log_target)3);
	REFUSE(s->global.log_level = (enum log_level)5);
	REFUSE(set_byte(&s->global, offsetof(struct global_settings, realtime), 2));

	REFUSE(memset(web->name, 'x', sizeof(web->name)));
	REFUSE(web->name[0] = '\0');
	REFUSE(web->name[1] = '/');
	REFUSE(web->interface[0] = '\0');
	REFUSE(memset(web->interface, 'x', sizeof(web->interface)));
	REFUSE(web->vrid = 0);
	REFUSE(web->version = 1);
	REFUSE(web->version = 4);
	REFUSE(web->version = 3); /* 255 s are too long for it */
	REFUSE(web->priority = 0);
	REFUSE(web->min_ttl = 0);
	REFUSE(set_byte(web, offsetof(struct instance_settings, preempt), 255));
	REFUSE(set_byte(web, offsetof(struct instance_settings, accept), 2));
	REFUSE(web->advert_interval = span_us(-1));
	REFUSE(web->advert_interval = span_us(1500000));
	REFUSE(web->preempt_delay = span_us(INT64_MAX));
	REFUSE(web->announce.count = 0);
	REFUSE(web->announce.repeat = span_us(INT64_MIN));
	REFUSE(web->addresses[FAMILY_V4].count = 9);
	REFUSE(web->addresses[FAMILY_V4].count = 0);
	REFUSE(web->addresses[FAMILY_V4].first = UINT32_MAX);
	REFUSE(web->addresses[FAMILY_V6] = ((struct range){ 0, 1 })); /* of the other family */
	REFUSE(web->extra = ((struct range){ UINT32_MAX, 2 }));
	REFUSE(web->extra.count = UINT32_MAX);
	REFUSE(web->peers.count = 1);
	REFUSE(web->source[FAMILY_V4].family = 5);
	REFUSE(web->source[FAMILY_V4].family = IP_V6);
	REFUSE(web->source[FAMILY_V6] = web->source[FAMILY_V4]);
	REFUSE(web->source[FAMILY_V4].bytes[15] = 1);
	REFUSE(memset(web->auth_password, 'x', sizeof(web->auth_password)));

	REFUSE(vip->addr.family = IP_NONE);
	REFUSE(vip->addr.family = 7);
	REFUSE(vip->addr.bytes[4] = 1);
	REFUSE(vip->addr.bytes[0] = 224);
	REFUSE(vip->prefix_len = 0);
	REFUSE(vip->prefix_len = 33);
	REFUSE(vip->scope = 1);
	REFUSE(vip->broadcast.family = IP_V6);
	REFUSE(set_byte(vip, offsetof(struct vip, nodad), 2));
	REFUSE(set_byte(vip, offsetof(struct vip, deprecated), 2));
	REFUSE(memset(vip->dev, 'x', sizeof(vip->dev)));
	REFUSE(memset(vip->label, 'x', sizeof(vip->label)));
	REFUSE(vip->dev[0] = '/');
}
END_TEST

START_TEST(texts_that_nothing_could_have_said_are_refused)
{
	REFUSE(memset(s->global.script_user, 'x', sizeof(s->global.script_user)));
	REFUSE(s->global.script_user[0] = '\0');
	REFUSE(s->global.notify_fifo = s->text_bytes);
	REFUSE(s->global.notify_fifo = web->notify.command[HOOK_ANY] + 1); /* not its beginning */
	REFUSE(s->global.notify_fifo = s->checks[1].text);                 /* no path */
	REFUSE(web->notify.command[HOOK_STOP] = UINT32_MAX);
	REFUSE(web->notify.timeout = span_us(0));
	REFUSE(s->groups[0].notify.command[HOOK_MASTER] = s->text_bytes - 1); /* a NUL */
	REFUSE(s->texts[0] = 'x');
	REFUSE(s->texts[s->text_bytes - 1] = 'x');
	REFUSE(s->texts[s->checks[0].text] = '\n');
	REFUSE(s->text_bytes = 0);
	REFUSE(s->text_bytes--);
}
END_TEST

START_TEST(a_listener_has_an_address_and_a_port)
{
	struct settings *s = sample(), *copy = NULL;

	s->global.metrics_port = 9650;
	ck_assert_int_eq(ip_parse("127.0.0.1", &s->global.metrics_address), 0);
	s->global.address_lifetime = span_s(5);

	struct image image = image_of(s);

	ck_assert_int_eq(unpack(image.data, image.len, &copy), 0);
	ck_assert(settings_equal(s, copy));
	copy->global.metrics_port++;
	ck_assert(!settings_equal(s, copy));
	settings_free(copy);
	settings_free(s);
	free(image.data);
}
END_TEST

START_TEST(half_a_listener_is_refused)
{
	REFUSE(s->global.metrics_port = 9650);
	REFUSE(ck_assert_int_eq(ip_parse("127.0.0.1", &s->global.metrics_address), 0));
	REFUSE(s->global.metrics_port = 1; s->global.metrics_address.family = 5);
	REFUSE(s->global.address_lifetime = span_us(4999999));
	REFUSE(s->global.address_lifetime = span_us(-1));
}
END_TEST

START_TEST(checks_that_no_section_could_have_made_are_refused)
{
	REFUSE(script->name[0] = '\0');
	REFUSE(memset(script->name, 'x', sizeof(script->name)));
	REFUSE(script->kind = CHECK_PROCESS); /* with what only a script has */
	REFUSE(script->kind = CHECK_BFD);     /* likewise, and without a peer */
	REFUSE(script->kind = CHECK_KIND_COUNT_);
	REFUSE(script->kind = (enum check_kind) - 1);
	REFUSE(script->text = 0);
	REFUSE(script->text++);
	REFUSE(memset(script->user, 'x', sizeof(script->user)));
	REFUSE(script->interval = span_us(0));
	REFUSE(script->timeout = span_us(-1));
	REFUSE(script->rise = 0);
	REFUSE(script->fall = 1001);
	REFUSE(script->initially = (enum check_state)3);
	REFUSE(script->minimum = 1);
	REFUSE(process->text = 0);
	REFUSE(process->minimum = 41); /* more than its maximum */
	REFUSE(process->maximum = UINT32_MAX - 1);
	REFUSE(process->delay = span_us(-1));
	REFUSE(process->rise = 1);
	REFUSE(process->user[0] = 'x');
	REFUSE(file->text = process->text); /* no path */
	REFUSE(file->interval = span_s(1));
}
END_TEST

START_TEST(tracks_of_nothing_are_refused)
{
	REFUSE(track->check = 4);
	REFUSE(track->check = UINT32_MAX);
	REFUSE(track->check = 0); /* and no interface */
	REFUSE(track->check = 2); /* a process cannot be inverted */
	REFUSE(track->interface[0] = 'x');
	REFUSE(track[1].check = 1); /* and an interface */
	REFUSE(memset(track[1].interface, 'x', sizeof(track[1].interface)));
	REFUSE(track[1].interface[0] = '/');
	REFUSE(set_byte(&track[1], offsetof(struct track_settings, inverse), 1));
	REFUSE(set_byte(track, offsetof(struct track_settings, inverse), 2));
	REFUSE(track->weight = WEIGHT_MAX + 1);
	REFUSE(track->weight = -WEIGHT_MAX - 1);
}
END_TEST

START_TEST(groups_of_nobody_are_refused)
{
	REFUSE(s->groups[0].name[0] = '\0');
	REFUSE(memset(s->groups[0].name, 'x', sizeof(s->groups[0].name)));
	REFUSE(web->group = 2);
	REFUSE(web->group = UINT32_MAX);
	REFUSE(web->group = s->instances[1].group = 0); /* a group of nobody */
	REFUSE(s->group_count = 0);
	REFUSE(web->tracks.count--);
	REFUSE(web->tracks.first++);
	REFUSE(web->tracks.count = UINT32_MAX);
	REFUSE(s->instances[1].tracks = web->tracks);
	REFUSE(s->groups[0].tracks.count++);
	REFUSE(s->groups[0].tracks.first = UINT32_MAX);
	REFUSE(s->groups[0].notify.timeout = span_us(INT64_MIN));
}
END_TEST

START_TEST(each_address_belongs_to_exactly_one_list)
{
	REFUSE(web->extra = web->addresses[FAMILY_V4]);
	REFUSE(web->addresses[FAMILY_V4].first++);
	REFUSE(web->addresses[FAMILY_V4].count--);
	REFUSE(s->instances[1].addresses[FAMILY_V4] = web->addresses[FAMILY_V4]);
	REFUSE(s->vip_count--);
}
END_TEST

START_TEST(addresses_of_the_other_family_have_rules_of_their_own)
{
	struct settings *s = sample(), *copy = NULL;
	struct instance_settings *web = &s->instances[0];
	struct vip *vip = &s->vips[3];

	/* the last of the four becomes an IPv6 address, as later versions will have them */
	ck_assert_int_eq(ip_parse("2001:db8::1", &vip->addr), 0);
	vip->prefix_len = 64;
	assert_refused(s, "IPv6 in the range of IPv4");
	web->addresses[FAMILY_V4].count = 3;
	web->addresses[FAMILY_V6] = (struct range){ 3, 1 };

	struct image image = image_of(s);

	ck_assert_int_eq(unpack(image.data, image.len, &copy), 0);
	ck_assert(settings_equal(s, copy));
	settings_free(copy);
	free(image.data);
	strcpy(vip->label, "x");
	assert_refused(s, "a label on IPv6");
	settings_free(s);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_image");

	tcase_add_test(tc, what_is_packed_comes_out_the_same);
	tcase_add_test(tc, an_image_may_lie_at_any_address);
	tcase_add_test(tc, no_settings_at_all_are_settings_too);
	tcase_add_test(tc, an_image_of_any_other_length_is_refused);
	tcase_add_test(tc, a_change_of_any_bit_is_refused_or_harmless);
	tcase_add_test(tc, many_changes_at_once_do_no_harm);
	tcase_add_test(tc, each_kind_of_wrong_value_is_refused);
	tcase_add_test(tc, texts_that_nothing_could_have_said_are_refused);
	tcase_add_test(tc, a_listener_has_an_address_and_a_port);
	tcase_add_test(tc, half_a_listener_is_refused);
	tcase_add_test(tc, checks_that_no_section_could_have_made_are_refused);
	tcase_add_test(tc, tracks_of_nothing_are_refused);
	tcase_add_test(tc, groups_of_nobody_are_refused);
	tcase_add_test(tc, each_address_belongs_to_exactly_one_list);
	tcase_add_test(tc, addresses_of_the_other_family_have_rules_of_their_own);
	return run_test_case(tc, "conf_image");
}
