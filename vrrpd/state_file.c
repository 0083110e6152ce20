/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A header page, a ring of events by their numbers, then pairs of places. The generation of a place is written after its record; a reader takes the whole record with the greater
 * generation. All blocks are allocated beforehand: writing to a mapped hole of a full file system would be a SIGBUS.
 */
#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/event_record.h"

enum {
	BOOT_ID_LEN = 36,
	HEADER_BYTES = 4096,
	EVENTS_BYTES = STATE_EVENTS_MAX * EVENT_RECORD_BYTES,
};

struct header {
	char magic[16];
	uint32_t layout;
	uint32_t count;
	char boot_id[BOOT_ID_LEN + 4];
	uint32_t sessions;       /* of BFD, behind the records; see sessions_in() */
	int64_t served_until_us; /* 0: nobody; and so it was before there was this */
};

struct place {
	uint64_t generation; /* 0: never written */
	uint8_t record[RECORD_BYTES];
};

struct pair {
	struct place places[2];
};

struct state_file {
	int fd;
	uint8_t *map; /* NULL: nothing is mapped */
	size_t len;
	char boot_id[BOOT_ID_LEN + 4];
};

static const char magic[16] = "vrrpd state";

/* The monotonic clock of another boot means nothing here. */
static void read_boot_id(char out[static BOOT_ID_LEN + 4])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, out, BOOT_ID_LEN);

	memset(out + (len > 0 ? len : 0), 0, BOOT_ID_LEN + 4 - (size_t)(len > 0 ? len : 0));
	if (fd >= 0)
		close(fd);
}

static struct header *header_of(const struct state_file *sf)
{
	return (struct header *)(void *)sf->map;
}

static struct pair *pairs_of(const struct state_file *sf)
{
	return (struct pair *)(void *)(sf->map + HEADER_BYTES + EVENTS_BYTES);
}

/* Where the event of that number is kept. */
static uint8_t *event_of(const struct state_file *sf, uint64_t seq)
{
	return sf->map + HEADER_BYTES + seq % STATE_EVENTS_MAX * EVENT_RECORD_BYTES;
}

/* Of pairs: those of records and then those of sessions. */
static size_t size_for(uint64_t count)
{
	return HEADER_BYTES + EVENTS_BYTES + count * sizeof(struct pair);
}

size_t state_file_bytes(uint32_t count, uint32_t sessions)
{
	return size_for((uint64_t)count + sessions);
}

/* A build that knows none leaves the number as it was, and no room for them. */
static uint32_t sessions_in(const struct state_file *sf)
{
	const struct header *h = header_of(sf);

	return sf->len >= size_for((uint64_t)h->count + h->sessions) ? h->sessions : 0;
}

/* What is mapped, for whoever is interrupted while he reads or writes there: one file in a process. */
static uint8_t *volatile mapped_at;
static volatile size_t mapped_bytes;

/*
 * Somebody has cut the file short, and a page that we touch is no more. That must not end who serves: nameless memory takes its place, in
 * which nothing is kept for anybody, until another file is used: see state_file_move().
 */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
	uint8_t *at = info->si_addr;
	int error = errno;

	(void)context;
	if (at < mapped_at || at >= mapped_at + mapped_bytes ||
	    mmap(mapped_at, mapped_bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		signal(number, SIG_DFL); /* and it comes again */
	errno = error;
}

static void unmap(struct state_file *sf)
{
	mapped_bytes = 0;
	if (sf->map)
		munmap(sf->map, sf->len);
	sf->map = NULL;
	sf->len = 0;
}

static int map(struct state_file *sf, size_t len)
{
	struct sigaction bus_error = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };
	void *mapped = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, sf->fd, 0);

	if (mapped == MAP_FAILED)
		return -errno;
	sf->map = mapped;
	sf->len = len;
	mapped_at = sf->map;
	mapped_bytes = len;
	sigaction(SIGBUS, &bus_error, NULL);
	return 0;
}

static bool believable(const struct state_file *sf)
{
	const struct header *h = header_of(sf);

	return memcmp(h->magic, magic, sizeof(magic)) == 0 && h->layout == STATE_LAYOUT &&
	       memcmp(h->boot_id, sf->boot_id, sizeof(h->boot_id)) == 0 &&
	       sf->len >= size_for(h->count);
}

int state_file_open(struct state_file **ret, int fd, bool *ret_foreign)
{
	struct state_file *sf = calloc(1, sizeof(*sf));
	struct stat st;
	int status = 0;

	if (!sf)
		return -ENOMEM;
	*ret_foreign = false;
	sf->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	read_boot_id(sf->boot_id);
	if (sf->fd < 0 || fstat(sf->fd, &st) != 0)
		status = -errno;
	else if (st.st_size >= HEADER_BYTES)
		status = map(sf, (size_t)st.st_size);
	if (status != 0) {
		state_file_close(sf);
		return status;
	}
	if ((sf->map && !believable(sf)) || (!sf->map && st.st_size != 0)) {
		*ret_foreign = true;
		unmap(sf);
	}
	*ret = sf;
	return 0;
}

void state_file_close(struct state_file *sf)
{
	if (!sf)
		return;
	unmap(sf);
	if (sf->fd >= 0)
		close(sf->fd);
	free(sf);
}

void state_file_move(struct state_file *sf, int fd)
{
	unmap(sf);
	if (sf->fd >= 0)
		close(sf->fd);
	sf->fd = fd;
}

/* One or the other of a pair's places, the one with the greater generation first; NULL if it was never written. */
static const uint8_t *place_of(const struct pair *pair, bool second_choice)
{
	bool newer = pair->places[1].generation > pair->places[0].generation;
	const struct place *place = &pair->places[newer != second_choice];

	return place->generation != 0 ? place->record : NULL;
}

/* The newer place is not to be believed: is the older one? */
static void note_damage(struct state_damage *d, int error, bool older)
{
	if (d->error == 0)
		d->error = error;
	d->older += older;
	d->lost += !older;
}

/* Unpacks the newer of a pair's places that is whole: 0, or -ENOENT where there is none, or none that is. */
static int read_pair(const struct pair *pair, int (*unpack)(const uint8_t *bytes, void *ret),
		     void *ret, struct state_damage *damage)
{
	const uint8_t *newer = place_of(pair, false), *older = place_of(pair, true);
	int error = newer ? unpack(newer, ret) : -ENOENT;
	bool found;

	if (!newer || error == 0)
		return error;
	found = older && unpack(older, ret) == 0;
	note_damage(damage, error, found);
	return found ? 0 : -ENOENT;
}

static int unpack_record(const uint8_t *bytes, void *ret)
{
	return record_unpack(bytes, ret);
}

static int unpack_session(const uint8_t *bytes, void *ret)
{
	return bfd_record_unpack(bytes, ret);
}

struct state_damage state_file_read(const struct state_file *sf,
				    void (*tell)(void *ctx, const struct record *r), void *ctx)
{
	struct state_damage damage = { 0 };
	struct record record;

	for (uint32_t i = 0; sf->map && i < header_of(sf)->count; i++) {
		if (read_pair(&pairs_of(sf)[i], unpack_record, &record, &damage) == 0)
			tell(ctx, &record);
	}
	return damage;
}

struct state_damage state_file_read_sessions(const struct state_file *sf,
					     void (*tell)(void *ctx, const struct bfd_record *r),
					     void *ctx)
{
	struct state_damage damage = { 0 };
	struct bfd_record record;

	for (uint32_t i = 0; sf->map && i < sessions_in(sf); i++) {
		const struct pair *pair = &pairs_of(sf)[header_of(sf)->count + i];

		if (read_pair(pair, unpack_session, &record, &damage) == 0)
			tell(ctx, &record);
	}
	return damage;
}

void state_file_read_events(const struct state_file *sf, struct history *h)
{
	struct history_event event;
	uint64_t end = 0;

	for (uint32_t i = 0; sf->map && i < STATE_EVENTS_MAX; i++) {
		if (event_record_unpack(event_of(sf, i), &event) == 0 && event.seq >= end)
			end = event.seq + 1;
	}
	for (uint64_t seq = end > STATE_EVENTS_MAX ? end - STATE_EVENTS_MAX : 1; seq < end; seq++) {
		if (event_record_unpack(event_of(sf, seq), &event) == 0 && event.seq == seq)
			history_restore(h, &event);
	}
}

/* Every block of the file up to len, or -errno; a signal that comes in between costs another try. */
static int allocate(int fd, size_t len)
{
	int error;

	do {
		error = posix_fallocate(fd, 0, (off_t)len);
	} while (error == EINTR);
	return -error;
}

bool state_file_fits(const struct state_file *sf, uint32_t count, uint32_t sessions)
{
	return sf->map && header_of(sf)->count == count && sessions_in(sf) == sessions;
}

/* At least so long, and mapped: what is there stays. 0 or -errno, with nothing mapped and nothing to be believed. */
static int extend(struct state_file *sf, size_t len)
{
	int status = 0;

	if (sf->len >= len)
		return 0;
	if (!sf->map && ftruncate(sf->fd, 0) != 0)
		return -errno;
	status = allocate(sf->fd, len);
	if (status != 0 && sf->map)
		header_of(sf)->count = header_of(sf)->sessions = 0;
	unmap(sf);
	return status == 0 ? map(sf, len) : status;
}

int state_file_reset(struct state_file *sf, uint32_t count, uint32_t sessions)
{
	size_t pairs = (size_t)count + sessions;
	int status = extend(sf, size_for(pairs));

	if (status != 0)
		return status;
	/* From here to the last record that is saved again a crash forgets: there is no system call on the way. */
	header_of(sf)->count = header_of(sf)->sessions = 0;
	memset(pairs_of(sf), 0, pairs * sizeof(struct pair));
	header_of(sf)->layout = STATE_LAYOUT;
	header_of(sf)->count = count;
	header_of(sf)->sessions = sessions;
	memcpy(header_of(sf)->boot_id, sf->boot_id, sizeof(sf->boot_id));
	memcpy(header_of(sf)->magic, magic, sizeof(magic));
	return 0;
}

struct instant state_file_served_until(const struct state_file *sf)
{
	int64_t us = sf->map ? header_of(sf)->served_until_us : 0;

	return us > 0 ? (struct instant){ us } : INSTANT_NEVER;
}

void state_file_save_served_until(struct state_file *sf, struct instant until)
{
	if (sf->map)
		header_of(sf)->served_until_us = instant_is_never(until) ? 0 : until.us;
}

/* The place that is written next; its generation makes it count. */
static struct place *next_place(struct pair *pair, uint64_t *ret_generation)
{
	uint64_t latest = pair->places[0].generation > pair->places[1].generation
				  ? pair->places[0].generation
				  : pair->places[1].generation;

	*ret_generation = latest + 1;
	return &pair->places[pair->places[0].generation == latest];
}

void state_file_save(struct state_file *sf, uint32_t i, const struct record *r)
{
	struct place *place;
	uint64_t generation;

	if (!sf->map || i >= header_of(sf)->count)
		return;
	place = next_place(&pairs_of(sf)[i], &generation);
	record_pack(r, place->record);
	__atomic_store_n(&place->generation, generation, __ATOMIC_RELEASE);
}

void state_file_save_session(struct state_file *sf, uint32_t i, const struct bfd_record *r)
{
	struct place *place;
	uint64_t generation;

	if (!sf->map || i >= sessions_in(sf))
		return;
	place = next_place(&pairs_of(sf)[header_of(sf)->count + i], &generation);
	bfd_record_pack(r, place->record);
	__atomic_store_n(&place->generation, generation, __ATOMIC_RELEASE);
}

void state_file_save_event(struct state_file *sf, const struct history_event *e)
{
	if (sf->map)
		event_record_pack(e, event_of(sf, e->seq));
}
