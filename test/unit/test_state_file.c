/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mapped state file: what was saved is read again by the next process, and nothing else is believed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state_file.h"
#include "unit.h"

struct collected {
	unsigned int count;
	struct record last;
	struct state_damage damage;
};

static void collect(void *ctx, const struct record *r)
{
	struct collected *c = ctx;

	c->count++;
	c->last = *r;
}

static struct collected read_all(int fd, bool *ret_foreign)
{
	struct collected c = { 0 };
	struct state_file *sf = NULL;

	ck_assert_int_eq(state_file_open(&sf, fd, ret_foreign), 0);
	c.damage = state_file_read(sf, collect, &c);
	state_file_close(sf);
	return c;
}

static struct record sample(uint64_t sent)
{
	struct record r = {
		.interface = "eth0",
		.vrid = 51,
		.family = IP_V4,
		.state = VROUTER_MASTER,
		.reason = REASON_MASTER_DOWN,
		.since_wall_us = 123456789,
		.last_advert = { .us = 42 },
		.interval = span_ms(10),
		.priority = 100,
	};

	r.counters.value[COUNTER_ADVERTS_SENT] = sent;
	return r;
}

/* A file with `count` places, of which number 1 was saved `times` times. */
static int saved_file(uint32_t count, uint64_t times)
{
	int fd = memfd_create("state", MFD_CLOEXEC);
	struct state_file *sf = NULL;
	struct record r;
	bool foreign = true;

	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	ck_assert(!foreign);
	ck_assert_int_eq(state_file_reset(sf, count, 0), 0);
	for (uint64_t i = 1; i <= times; i++) {
		r = sample(i);
		state_file_save(sf, 1, &r);
	}
	state_file_close(sf);
	return fd;
}

START_TEST(an_empty_file_is_ours_and_holds_nothing)
{
	int fd = memfd_create("state", MFD_CLOEXEC);
	bool foreign = true;

	ck_assert_uint_eq(read_all(fd, &foreign).count, 0);
	ck_assert(!foreign);
	close(fd);
}
END_TEST

START_TEST(the_next_process_reads_what_was_saved_last)
{
	for (uint64_t times = 1; times <= 5; times++) {
		int fd = saved_file(3, times);
		bool foreign = true;
		struct collected c = read_all(fd, &foreign);

		ck_assert(!foreign);
		ck_assert_uint_eq(c.count, 1);
		ck_assert_str_eq(c.last.interface, "eth0");
		ck_assert_int_eq(c.last.state, VROUTER_MASTER);
		ck_assert_uint_eq(c.last.counters.value[COUNTER_ADVERTS_SENT], times);
		close(fd);
	}
}
END_TEST

START_TEST(a_torn_record_leaves_the_one_before_it)
{
	int fd = saved_file(3, 4);
	struct stat st;
	uint8_t *map;
	bool foreign;
	unsigned int damaged = 0;
	struct collected c;

	ck_assert_int_eq(fstat(fd, &st), 0);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);
	/* The interface's name stands once in each place: spoil the one whose counter is 4. */
	for (off_t i = 4096; i + 4 <= st.st_size; i++) {
		if (memcmp(map + i, "eth0", 4) != 0)
			continue;
		map[i] ^= 1;
		c = read_all(fd, &foreign);
		if (c.last.counters.value[COUNTER_ADVERTS_SENT] == 3) {
			damaged++;
			ck_assert_uint_eq(c.damage.older, 1);
			ck_assert_uint_eq(c.damage.lost, 0);
			ck_assert_int_eq(c.damage.error, -EBADMSG);
			break;
		}
		/* who is not asked has no damage to tell of */
		ck_assert_int_eq(c.damage.error, 0);
		map[i] ^= 1;
	}
	ck_assert_uint_eq(damaged, 1);
	munmap(map, (size_t)st.st_size);
	close(fd);
}
END_TEST

START_TEST(where_both_places_are_damaged_the_record_is_lost_and_that_is_told)
{
	int fd = saved_file(3, 4);
	struct collected c;
	struct stat st;
	uint8_t *map;
	bool foreign;

	ck_assert_int_eq(fstat(fd, &st), 0);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);
	for (off_t i = 4096; i + 4 <= st.st_size; i++) {
		if (memcmp(map + i, "eth0", 4) == 0)
			map[i] ^= 1;
	}
	c = read_all(fd, &foreign);
	ck_assert_uint_eq(c.count, 0);
	ck_assert_uint_eq(c.damage.older, 0);
	ck_assert_uint_eq(c.damage.lost, 1);
	ck_assert_int_eq(c.damage.error, -EBADMSG);
	munmap(map, (size_t)st.st_size);
	close(fd);
}
END_TEST

START_TEST(a_file_of_another_boot_or_layout_or_length_is_not_believed)
{
	static const off_t offsets[] = { 0, 16, 24 }; /* magic, layout, boot id */
	bool foreign;
	int fd;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		uint8_t byte;

		fd = saved_file(3, 1);
		ck_assert_int_eq(pread(fd, &byte, 1, offsets[i]), 1);
		byte ^= 1;
		ck_assert_int_eq(pwrite(fd, &byte, 1, offsets[i]), 1);
		foreign = false;
		ck_assert_uint_eq(read_all(fd, &foreign).count, 0);
		ck_assert(foreign);
		close(fd);
	}
	fd = saved_file(3, 1);
	ck_assert_int_eq(ftruncate(fd, 4096 + 100), 0);
	foreign = false;
	ck_assert_uint_eq(read_all(fd, &foreign).count, 0);
	ck_assert(foreign);
	close(fd);
}
END_TEST

START_TEST(a_count_that_the_file_cannot_hold_is_not_believed)
{
	int fd = saved_file(3, 1);
	uint32_t count = UINT32_MAX;
	bool foreign = false;

	ck_assert_int_eq(pwrite(fd, &count, sizeof(count), 20), sizeof(count));
	ck_assert_uint_eq(read_all(fd, &foreign).count, 0);
	ck_assert(foreign);
	close(fd);
}
END_TEST

START_TEST(saving_beyond_the_places_does_nothing)
{
	int fd = memfd_create("state", MFD_CLOEXEC);
	struct state_file *sf = NULL;
	struct record r = sample(1);
	bool foreign;

	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	state_file_save(sf, 0, &r); /* no room at all yet */
	ck_assert_int_eq(state_file_reset(sf, 2, 0), 0);
	state_file_save(sf, 2, &r);
	state_file_close(sf);
	ck_assert_uint_eq(read_all(fd, &foreign).count, 0);
	close(fd);
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
	int fd = saved_file(3, 2);
	struct state_file *sf = NULL;
	bool foreign;

	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	ck_assert_int_eq(state_file_reset(sf, 3, 0), 0);
	state_file_close(sf);
	ck_assert_uint_eq(read_all(fd, &foreign).count, 0);
	close(fd);
}
END_TEST

static void save_events(int fd, uint64_t first, uint64_t count)
{
	struct history_event e = { .kind = HISTORY_LATE };
	struct state_file *sf = NULL;
	bool foreign;

	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	ck_assert_int_eq(state_file_reset(sf, 3, 0), 0);
	for (e.seq = first; e.seq < first + count; e.seq++)
		state_file_save_event(sf, &e);
	ck_assert_int_eq(state_file_reset(sf, 5, 0), 0);
	state_file_close(sf);
}

/* How many there are, and the number of the last. */
static uint64_t count_events(int fd, uint64_t *ret_last)
{
	static struct history_event ring[HISTORY_MAX];
	struct state_file *sf = NULL;
	struct history h;
	bool foreign;

	history_init(&h, ring, HISTORY_MAX);
	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	state_file_read_events(sf, &h);
	state_file_close(sf);
	*ret_last = h.next_seq - 1;
	return h.next_seq - history_last(&h, UINT64_MAX);
}

START_TEST(the_latest_events_outlive_the_process_and_every_reset)
{
	int fd = memfd_create("state", MFD_CLOEXEC);
	uint64_t last;

	save_events(fd, 1, 3);
	ck_assert_uint_eq(count_events(fd, &last), 3);
	ck_assert_uint_eq(last, 3);
	save_events(fd, 4, 2 * STATE_EVENTS_MAX);
	ck_assert_uint_eq(count_events(fd, &last), STATE_EVENTS_MAX);
	ck_assert_uint_eq(last, 3 + 2 * STATE_EVENTS_MAX);
	close(fd);
}
END_TEST

START_TEST(a_torn_event_costs_what_stands_before_it_only)
{
	int fd = memfd_create("state", MFD_CLOEXEC);
	uint8_t byte = 0xff;
	uint64_t last;

	save_events(fd, 1, 9);
	/* of number 4 */
	ck_assert_int_eq(pwrite(fd, &byte, 1, 4096 + 4 * 512 + 100), 1);
	ck_assert_uint_eq(count_events(fd, &last), 5);
	/* of the last one */
	ck_assert_int_eq(pwrite(fd, &byte, 1, 4096 + 9 * 512 + 100), 1);
	ck_assert_uint_eq(count_events(fd, &last), 4);
	ck_assert_uint_eq(last, 8);
	close(fd);
}
END_TEST

START_TEST(until_when_anybody_serves_outlives_the_process_and_every_reset)
{
	int fd = memfd_create("state", MFD_CLOEXEC);
	struct state_file *sf = NULL;
	bool foreign;

	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	ck_assert(instant_is_never(state_file_served_until(sf)));
	ck_assert_int_eq(state_file_reset(sf, 3, 0), 0);
	ck_assert(instant_is_never(state_file_served_until(sf)));
	state_file_save_served_until(sf, (struct instant){ 4711 });
	ck_assert_int_eq(state_file_reset(sf, 5, 0), 0);
	state_file_close(sf);
	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	ck_assert_int_eq(state_file_served_until(sf).us, 4711);
	state_file_save_served_until(sf, INSTANT_NEVER);
	ck_assert(instant_is_never(state_file_served_until(sf)));
	state_file_close(sf);
	close(fd);
}
END_TEST

START_TEST(a_file_that_is_cut_short_ends_nobody_and_another_one_takes_its_place)
{
	int fd = memfd_create("state", MFD_CLOEXEC), other = memfd_create("state", MFD_CLOEXEC);
	struct record r = sample(1);
	struct state_file *sf = NULL;
	bool foreign;

	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	ck_assert_int_eq(state_file_reset(sf, 1, 0), 0);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	state_file_save(sf, 0, &r);
	ck_assert(!state_file_fits(sf, 1, 0));
	state_file_move(sf, fcntl(other, F_DUPFD_CLOEXEC, 0));
	ck_assert_int_eq(state_file_reset(sf, 1, 0), 0);
	state_file_save(sf, 0, &r);
	state_file_close(sf);
	ck_assert_uint_eq(read_all(other, &foreign).count, 1);
	close(fd);
	close(other);
}
END_TEST

static struct bfd_record session_from(uint16_t port)
{
	return (struct bfd_record){
		.peer = { .family = IP_V4, .bytes = { 192, 0, 2, 2 } },
		.port = port,
		.memory = { .state = BFD_DOWN,
			    .local_discriminator = 7,
			    .min_tx = span_s(1),
			    .min_rx = span_s(1) },
	};
}

struct sessions {
	unsigned int count;
	uint16_t port; /* of the last */
};

static void collect_session(void *ctx, const struct bfd_record *r)
{
	struct sessions *s = ctx;

	s->count++;
	s->port = r->port;
}

static struct sessions read_sessions(int fd)
{
	struct sessions s = { 0 };
	struct state_file *sf = NULL;
	bool foreign;

	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	state_file_read_sessions(sf, collect_session, &s);
	state_file_close(sf);
	return s;
}

START_TEST(sessions_lie_behind_the_records_and_disturb_none)
{
	int fd = saved_file(3, 2);
	struct bfd_record session = session_from(50001);
	struct record record = sample(9);
	struct state_file *sf = NULL;
	bool foreign;

	ck_assert_uint_eq(read_sessions(fd).count, 0);
	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	ck_assert_int_eq(state_file_reset(sf, 3, 2), 0);
	state_file_save(sf, 2, &record);
	for (uint16_t i = 0; i < 3; i++) {
		session = session_from((uint16_t)(50001 + i));
		state_file_save_session(sf, 1, &session);
	}
	state_file_save_session(sf, 2, &session); /* beyond the places */
	state_file_close(sf);
	ck_assert_uint_eq(read_sessions(fd).count, 1);
	ck_assert_uint_eq(read_sessions(fd).port, 50003);
	ck_assert_uint_eq(read_all(fd, &foreign).count, 1);
	close(fd);
}
END_TEST

START_TEST(a_build_that_knows_no_sessions_leaves_no_room_for_them)
{
	int fd = saved_file(3, 2);
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	/* the number behind the boot's */
	ck_assert_int_eq(pwrite(fd, &(uint32_t){ 1 }, 4, 64), 4);
	ck_assert_uint_eq(read_sessions(fd).count, 0);
	bool foreign = true;

	ck_assert_uint_eq(read_all(fd, &foreign).count, 1);
	ck_assert(!foreign);
	close(fd);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_written_is_an_error)
{
	int fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct state_file *sf = NULL;
	bool foreign;

	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	ck_assert_int_eq(state_file_open(&sf, fd, &foreign), 0);
	ck_assert_int_eq(state_file_reset(sf, 3, 0), -EPERM);
	state_file_close(sf);
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("state_file");

	tcase_add_test(tc, an_empty_file_is_ours_and_holds_nothing);
	tcase_add_test(tc, the_next_process_reads_what_was_saved_last);
	tcase_add_test(tc, a_torn_record_leaves_the_one_before_it);
	tcase_add_test(tc, where_both_places_are_damaged_the_record_is_lost_and_that_is_told);
	tcase_add_test(tc, a_file_of_another_boot_or_layout_or_length_is_not_believed);
	tcase_add_test(tc, a_count_that_the_file_cannot_hold_is_not_believed);
	tcase_add_test(tc, saving_beyond_the_places_does_nothing);
	tcase_add_test(tc, a_reset_forgets_everything);
	tcase_add_test(tc, the_latest_events_outlive_the_process_and_every_reset);
	tcase_add_test(tc, a_torn_event_costs_what_stands_before_it_only);
	tcase_add_test(tc, a_file_that_is_cut_short_ends_nobody_and_another_one_takes_its_place);
	tcase_add_test(tc, until_when_anybody_serves_outlives_the_process_and_every_reset);
	tcase_add_test(tc, sessions_lie_behind_the_records_and_disturb_none);
	tcase_add_test(tc, a_build_that_knows_no_sessions_leaves_no_room_for_them);
	tcase_add_test(tc, a_descriptor_that_cannot_be_written_is_an_error);
	return run_test_case(tc, "state_file");
}
