/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state file that a dead process left. Whatever happened to it, opening and reading it ends, what is read is whole, and afterwards the
 * file serves as a new one does. An input is how many places the file had and how often they were saved, then a change of
 * its length, then any number of changed bytes.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "state_file.h"

#include "fuzz.h"

enum {
	PLACES_MAX = 8,
	INPUT_LEN_MAX = 4096,
	SPREAD = 5,        /* the file is longer than two bytes can count */
	LEFT_OUT = 0x8000, /* a change of length: shorter by the rest of it */
};

static unsigned int told;

static void count(void *ctx, const struct record *r)
{
	(void)ctx;
	MUST(r->vrid != 0 && r->interval.us > 0);
	told++;
}

static unsigned int read_all(const struct state_file *sf)
{
	told = 0;
	state_file_read(sf, count, NULL);
	return told;
}

/* What is read of the events is one piece, and can be told. */
static uint64_t read_events(const struct state_file *sf)
{
	static struct history_event ring[HISTORY_MAX];
	const struct history_event *e;
	struct history h;
	uint64_t seq, count = 0;
	char text[2 * TEXT_MAX];

	history_init(&h, ring, HISTORY_MAX);
	state_file_read_events(sf, &h);
	for (seq = history_last(&h, UINT64_MAX); (e = history_read(&h, &seq, NULL)); count++) {
		MUST(e->seq == seq - 1);
		MUST(strlen(history_text(e, text, sizeof(text))) < sizeof(text));
	}
	MUST(count <= STATE_EVENTS_MAX);
	return count;
}

static void count_session(void *ctx, const struct bfd_record *r)
{
	(void)ctx;
	MUST(r->port >= BFD_SOURCE_PORT_MIN && r->memory.local_discriminator != 0);
	told++;
}

static unsigned int read_sessions(const struct state_file *sf)
{
	told = 0;
	state_file_read_sessions(sf, count_session, NULL);
	return told;
}

static struct bfd_record sample_session(void)
{
	return (struct bfd_record){
		.peer = { .family = IP_V4 },
		.port = BFD_SOURCE_PORT_MAX,
		.memory = { .state = BFD_DOWN,
			    .local_discriminator = 1,
			    .min_tx = span_s(1),
			    .min_rx = span_s(1) },
	};
}

static struct record sample(uint8_t vrid)
{
	return (struct record){
		.interface = "eth0",
		.vrid = vrid,
		.family = IP_V4,
		.state = VROUTER_MASTER,
		.interval = span_s(1),
		.priority = 100,
	};
}

/* Writes a file as an honest process does. */
static void live(int fd, struct reader *r)
{
	uint32_t places = read_u8(r) % PLACES_MAX;
	uint8_t saves = read_u8(r);
	struct history_event event = { .kind = HISTORY_STATE, .to = VROUTER_BACKUP };
	struct state_file *sf;
	bool foreign;

	MUST(state_file_open(&sf, fd, &foreign) == 0 && !foreign);
	MUST(state_file_reset(sf, places, places / 2) == 0);
	for (uint8_t i = 0; i < saves; i++) {
		struct record record = sample((uint8_t)(i | 1));
		struct bfd_record session = sample_session();

		state_file_save(sf, i % (places + 1), &record);
		state_file_save_session(sf, i % (places + 1), &session);
		event.seq = i + 1;
		state_file_save_event(sf, &event);
	}
	MUST(read_events(sf) == saves);
	MUST(read_all(sf) == (saves < places ? saves : places));
	MUST(read_sessions(sf) == (saves < places / 2 ? saves : places / 2));
	state_file_close(sf);
}

static void spoil(int fd, struct reader *r)
{
	uint16_t change = read_be16(r);
	off_t by = change & ~LEFT_OUT, len;
	struct stat st;

	MUST(fstat(fd, &st) == 0);
	len = change & LEFT_OUT ? st.st_size - by : st.st_size + by;
	if (len < 0)
		len = 0;
	MUST(ftruncate(fd, len) == 0);
	while (len > 0 && reader_left(r) > 0) {
		off_t place = (off_t)read_be16(r) * SPREAD % len;
		uint8_t byte;

		MUST(pread(fd, &byte, 1, place) == 1);
		byte ^= read_u8(r);
		MUST(pwrite(fd, &byte, 1, place) == 1);
	}
}

static void inherit(int fd)
{
	struct record record = sample(7);
	struct state_file *sf;
	bool foreign;

	MUST(state_file_open(&sf, fd, &foreign) == 0);
	MUST(read_all(sf) == 0 || !foreign);
	MUST(read_events(sf) == 0 || !foreign);
	MUST(read_sessions(sf) == 0 || !foreign);
	state_file_save(sf, 0, &record);
	MUST(state_file_reset(sf, 1, 0) == 0);
	MUST(read_all(sf) == 0);
	MUST(read_sessions(sf) == 0);
	state_file_save(sf, 0, &record);
	state_file_save(sf, 1, &record);
	MUST(read_all(sf) == 1);
	state_file_close(sf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_of(data, len);
	int fd;

	if (len > INPUT_LEN_MAX)
		return 0;
	fd = memfd_create("state", MFD_CLOEXEC);
	MUST(fd >= 0);
	live(fd, &r);
	spoil(fd, &r);
	inherit(fd);
	close(fd);
	return 0;
}
