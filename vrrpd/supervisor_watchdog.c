/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watchdog over the protocol process: it is asked for a sign of life twice a second, and one that could give it and does not is killed, so
 * that its successor goes on where it stood. Who has been stopped, starved or, with the whole machine, been asleep could not: it is left
 * alone, because another process in its place would fare no better.
 *
 * With its first answer it sends its packet sockets, and they are kept open here: whoever closes the last descriptor of one waits until the
 * kernel has seen each processor leave whatever it was at (synchronize_net(), 10 to 20 ms a socket), and the end of a process is told to
 * nobody before. So they are closed once its successor serves.
 */
#include "supervisor.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "process_stat.h"

enum {
	PERIOD_MS = 500,
	LATE_MS = 500,      /* so much later than due, the machine was asleep */
	UNANSWERED_MAX = 4, /* questions, and it is stuck */
};

static const struct timeval period = { .tv_usec = PERIOD_MS * 1000 };

/* Could it have answered? It was not stopped ('?': nobody knows), and if it wants to run, it did. */
static bool could_answer(char state, bool has_run)
{
	switch (state) {
	case 'T': /* stopped, or held by a debugger */
	case 't':
	case '?':
		return false;
	case 'R':
		return has_run;
	default:
		return true;
	}
}

static void ask(struct supervisor *s)
{
	struct message ping = message_of(MESSAGE_PING, ++s->watchdog.asked);

	ping.value = !s->watchdog.keeps;
	/* One that cannot be delivered is one that is not answered. */
	(void)channel_send(s->child.channel, &ping);
	s->watchdog.unanswered++;
}

static void on_watch(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;
	struct watchdog *w = &s->watchdog;
	struct process_stat stat = { .state = '?', .used_ticks = w->used_ticks };
	bool slept = clock_now_ms() - w->looked_ms > PERIOD_MS + LATE_MS;

	(void)fd;
	(void)what;
	w->looked_ms = clock_now_ms();
	/* Where that cannot be told, it is left alone. */
	(void)process_stat_read(s->child.pid, &stat);
	if (slept || !could_answer(stat.state, stat.used_ticks != w->used_ticks))
		w->unanswered = 0;
	w->used_ticks = stat.used_ticks;
	if (w->unanswered >= UNANSWERED_MAX) {
		log_line(
			LOG_LEVEL_ERROR,
			"the protocol process %d has given no sign of life for %d ms, although it could "
			"(state %c): killing it, its successor goes on",
			(int)s->child.pid, UNANSWERED_MAX * PERIOD_MS, stat.state);
		kill(s->child.pid, SIGKILL);
		return;
	}
	ask(s);
	event_add(w->timer, &period);
	supervisor_keep_files(s);
}

int watchdog_prepare(struct supervisor *s)
{
	s->watchdog.timer = evtimer_new(s->base, on_watch, s);
	return s->watchdog.timer ? 0 : -1;
}

void watchdog_start(struct supervisor *s)
{
	s->watchdog.looked_ms = clock_now_ms();
	s->watchdog.unanswered = 0;
	s->watchdog.used_ticks = 0;
	s->watchdog.keeps = false;
	ask(s);
	event_add(s->watchdog.timer, &period);
}

static void close_kept(struct supervisor *s)
{
	for (int i = 0; i < MESSAGE_FDS_MAX; i++) {
		if (s->kept[i] >= 0)
			close(s->kept[i]);
		s->kept[i] = -1;
	}
}

void watchdog_answered(struct supervisor *s, struct message *pong)
{
	if (pong->number == s->watchdog.asked)
		s->watchdog.unanswered = 0;
	if (pong->fds[0] < 0)
		return;
	close_kept(s);
	for (int i = 0; i < MESSAGE_FDS_MAX; i++) {
		s->kept[i] = pong->fds[i];
		pong->fds[i] = -1;
	}
	s->watchdog.keeps = true;
}

void watchdog_stop(struct supervisor *s)
{
	if (s->watchdog.timer)
		event_del(s->watchdog.timer);
}

void watchdog_leave(struct supervisor *s)
{
	loop_forget(&s->watchdog.timer);
	close_kept(s);
}
