/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An array of places, each taken and given back by one atomic number: the runner in its upper half, what it has started in the lower. The
 * child itself writes the latter, and looks afterwards whether its runner still lives (execute.c): so either the child stands here when
 * the runner is dead, or it ends by itself.
 */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process_stat.h"

enum {
	LAYOUT = 1,
};

struct place {
	uint64_t who;     /* runner << 32 | process; 0: free */
	uint64_t runner;  /* when it started, as the kernel counts */
	uint64_t started; /* the process */
	uint64_t subject;
};

struct ledger {
	char magic[12];
	uint32_t layout;
	struct place places[LEDGER_PLACES];
};

static const char magic[12] = "vrrpd jobs";

static uint64_t who_of(pid_t runner, pid_t process)
{
	return (uint64_t)(uint32_t)runner << 32 | (uint32_t)process;
}

static pid_t runner_of(uint64_t who)
{
	return (pid_t)(who >> 32);
}

static pid_t process_of(uint64_t who)
{
	return (pid_t)(who & UINT32_MAX);
}

static uint64_t load(const struct place *p)
{
	return __atomic_load_n(&p->who, __ATOMIC_ACQUIRE);
}

static bool change(struct place *p, uint64_t from, uint64_t to)
{
	return __atomic_compare_exchange_n(&p->who, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* When a process started, as the kernel counts; 0: there is none of that number. */
static uint64_t start_of(pid_t pid)
{
	struct process_stat stat;

	return process_stat_read(pid, &stat) == 0 ? stat.started_ticks : 0;
}

/* One that has ended and was not collected yet still holds its number, and its group's. */
static bool exists(pid_t pid, uint64_t started)
{
	return pid > 0 && start_of(pid) == started;
}

static bool lives(pid_t pid, uint64_t started)
{
	struct process_stat stat;

	return pid > 0 && process_stat_read(pid, &stat) == 0 && stat.started_ticks == started &&
	       process_lives(&stat);
}

int ledger_prepare(int fd)
{
	struct ledger head = { .layout = LAYOUT };
	struct stat st;
	int error;

	memcpy(head.magic, magic, sizeof(magic));
	if (fstat(fd, &st) != 0)
		return -errno;
	if (st.st_size == (off_t)sizeof(struct ledger)) {
		char found[offsetof(struct ledger, places)];

		if (pread(fd, found, sizeof(found), 0) == (ssize_t)sizeof(found) &&
		    memcmp(found, &head, sizeof(found)) == 0)
			return 0;
	}
	if (ftruncate(fd, 0) != 0)
		return -errno;
	do {
		error = posix_fallocate(fd, 0, (off_t)sizeof(struct ledger));
	} while (error == EINTR);
	if (error != 0)
		return -error;
	return pwrite(fd, &head, offsetof(struct ledger, places), 0) < 0 ? -errno : 0;
}

struct ledger *ledger_open(int fd)
{
	void *mapped = fd < 0 ? MAP_FAILED
			      : mmap(NULL, sizeof(struct ledger), PROT_READ | PROT_WRITE,
				     MAP_SHARED, fd, 0);

	return mapped == MAP_FAILED ? NULL : mapped;
}

void ledger_close(struct ledger *l)
{
	if (l)
		munmap(l, sizeof(*l));
}

int ledger_begin(struct ledger *l, uint64_t subject)
{
	for (int i = 0; l && i < LEDGER_PLACES; i++) {
		struct place *p = &l->places[i];

		if (load(p) != 0 || !change(p, 0, who_of(getpid(), 0)))
			continue;
		p->runner = start_of(getpid());
		p->started = 0;
		p->subject = subject;
		return i;
	}
	return LEDGER_NONE;
}

void ledger_enter(struct ledger *l, int place)
{
	struct place *p = l && place != LEDGER_NONE ? &l->places[place] : NULL;
	uint64_t who;

	if (!p)
		return;
	who = load(p);
	p->started = start_of(getpid());
	(void)change(p, who, who_of(runner_of(who), getpid()));
}

void ledger_end(struct ledger *l, int place)
{
	if (l && place != LEDGER_NONE)
		__atomic_store_n(&l->places[place].who, 0, __ATOMIC_RELEASE);
}

bool ledger_is_busy(const struct ledger *l, uint64_t subject)
{
	for (int i = 0; l && i < LEDGER_PLACES; i++) {
		const struct place *p = &l->places[i];
		uint64_t who = load(p);

		if (who != 0 && p->subject == subject && runner_of(who) != getpid() &&
		    lives(process_of(who), p->started))
			return true;
	}
	return false;
}

unsigned int ledger_sweep(struct ledger *l)
{
	unsigned int count = 0;

	for (int i = 0; l && i < LEDGER_PLACES; i++) {
		struct place *p = &l->places[i];
		uint64_t who = load(p);

		if (who == 0 || lives(runner_of(who), p->runner))
			continue;
		if (exists(process_of(who), p->started)) {
			count += lives(process_of(who), p->started);
			kill(-process_of(who), SIGKILL);
			kill(process_of(who), SIGKILL);
		}
		(void)change(p, who, 0);
	}
	return count;
}
