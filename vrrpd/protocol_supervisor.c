/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the supervisor says to the protocol process, by messages and by signals, and what it is told in return. It dies before us at times: then
 * the signals are ours to answer, and everything else goes on.
 */
#include "protocol.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "log.h"
#include "loop.h"
#include "role.h"
#include "settings_fd.h"
#include "view/object.h"

enum {
	RECEIVE_BUFFER = MESSAGE_TEXT_MAX + 1
};

static void use_log_settings(const struct settings *s, uint32_t group, struct protocol *p)
{
	log_set_level(s->global.log_level);
	if (p->control)
		control_set_group(p->control, (gid_t)group);
}

/* ---- the beginning ---- */

/* Waits for one message of that kind, before the loop runs: 0 or -errno. */
static int await(enum message_kind kind, struct message *ret, char *buffer)
{
	struct pollfd channel = { .fd = ROLE_CHANNEL_FD, .events = POLLIN };
	int status;

	do {
		if (poll(&channel, 1, -1) < 0 && errno != EINTR)
			return -errno;
		status = channel_receive(ROLE_CHANNEL_FD, ret, buffer);
	} while (status == -EAGAIN);
	if (status == 0 && ret->kind != kind) {
		message_close_fds(ret);
		status = -EPROTO;
	}
	return status;
}

int protocol_receive_setup(struct protocol *p, struct settings **ret)
{
	static char buffer[RECEIVE_BUFFER];
	struct settings *s = NULL;
	struct message m;
	int table = 0; /* where its name begins */
	int status = await(MESSAGE_SETUP, &m, buffer);

	if (status != 0)
		return status;
	p->listen_fd = m.fds[0];
	p->state_fd = m.fds[1];
	p->supervisor = (pid_t)m.number;
	p->standby = m.value != 0;
	if (sscanf(m.text, "%u %u %n", &p->identity.uid, &p->identity.gid, &table) != 2 ||
	    table == 0)
		return -EPROTO;
	snprintf(p->filter.table, sizeof(p->filter.table), "%s", m.text + table);
	status = await(MESSAGE_CONFIGURE, &m, buffer);
	if (status != 0)
		return status;
	status = settings_from_fd(m.fds[0], &s);
	message_close_fds(&m);
	if (status != 0)
		return status;
	use_log_settings(s, m.value, p);
	p->control_group = m.value;
	*ret = s;
	return 0;
}

/* ---- what it is told ---- */

/* What the supervisor has not been told yet; where that is not possible now, at the end of the next turn. */
void protocol_report(struct protocol *p)
{
	struct message ready = message_of(MESSAGE_READY, 0);
	struct message configured = message_of(MESSAGE_CONFIGURED, 0);
	struct message standby = message_of(MESSAGE_STANDBY, 0);

	configured.value = p->owes.error;
	if (p->owes.standby && channel_send(ROLE_CHANNEL_FD, &standby) == 0)
		p->owes.standby = false;
	if (p->owes.ready && channel_send(ROLE_CHANNEL_FD, &ready) == 0)
		p->owes.ready = false;
	if (p->owes.configured && channel_send(ROLE_CHANNEL_FD, &configured) == 0)
		p->owes.configured = false;
}

/* ---- what it says ---- */

static void configure(struct protocol *p, const struct message *m)
{
	struct control_request request;
	struct settings *s = NULL;
	int status = settings_from_fd(m->fds[0], &s);

	if (status == 0)
		status = protocol_adopt(p, s, m->text);
	p->owes.configured = true;
	p->owes.error = (uint32_t)-status;
	if (status != 0) {
		log_line(LOG_LEVEL_ERROR, "new settings cannot be used, the old ones stay: %s",
			 strerror(-status));
		tally_reload(p->tally, false, clock_wall_us());
		if (protocol_take_reload(p, m->number, &request))
			control_reply_error(p->control, request, strerror(-status), NULL);
		return;
	}
	use_log_settings(p->run.settings, m->value, p);
	tally_reload(p->tally, true, clock_wall_us());
	if (protocol_take_reload(p, m->number, &request))
		control_reply_ok(p->control, request,
				 json_pack("{s:o}", "changes", object_lines(m->text)));
}

static void refused(struct protocol *p, const struct message *m)
{
	struct control_request request;

	tally_reload(p->tally, false, clock_wall_us());
	if (protocol_take_reload(p, m->number, &request))
		control_reply_error(p->control, request,
				    "the configuration was refused: the old one stays",
				    object_lines(m->text));
}

static void stop(struct protocol *p)
{
	bool again = p->stopping;

	if (!p->started && p->standby) {
		event_base_loopbreak(p->base); /* nothing has been taken yet */
		return;
	}
	p->stopping = true;
	/* Asked a second time, it no longer waits for a successor; before it starts, it is to take up what a predecessor left. */
	if (p->started)
		protocol_step(p, &(struct event){ .kind = EVENT_STOP });
	else if (again)
		event_base_loopbreak(p->base);
}

/* What is sent now leaves at the end of this turn, which is the last one. */
static void hand_over(struct protocol *p)
{
	const char *forgetful = p->started ? protocol_forgets(p) : NULL;

	if (forgetful)
		log_line(LOG_LEVEL_WARNING, "handing over: %s", forgetful);
	if (p->started)
		protocol_step(p, &(struct event){ .kind = EVENT_HANDOVER });
	event_base_loopbreak(p->base);
}

/* Nothing is put into force, so nobody but the client is to know. */
static void preview(struct protocol *p, const struct message *m)
{
	struct control_request request;
	struct settings *s = NULL;
	int status = settings_from_fd(m->fds[0], &s);

	if (!protocol_take_reload(p, m->number, &request)) {
		settings_free(s);
		return;
	}
	if (status != 0)
		control_reply_error(p->control, request, strerror(-status), NULL);
	else
		control_reply_ok(p->control, request,
				 json_pack("{s:o, s:o}", "changes", object_lines(m->text),
					   "mastership", protocol_preview(p, s)));
	settings_free(s);
}

static void answer_ping(const struct protocol *p, const struct message *ping)
{
	struct message pong = message_of(MESSAGE_PONG, ping->number);

	if (ping->value != 0) {
		pong.fds[0] = io_announce_fd(p->announce);
		pong.fds[1] = io_conflict_fd(p->conflict, FAMILY_V4);
	}
	/* Where this one gets lost the next one will do. */
	(void)channel_send(ROLE_CHANNEL_FD, &pong);
}

static void obey(struct protocol *p, struct message *m)
{
	switch ((enum message_kind)m->kind) {
	case MESSAGE_CONFIGURE:
		configure(p, m);
		return;
	case MESSAGE_REFUSED:
		refused(p, m);
		return;
	case MESSAGE_STOP:
		stop(p);
		return;
	case MESSAGE_HANDOVER:
		hand_over(p);
		return;
	case MESSAGE_RUNNER:
		protocol_runner_connect(p, m->fds[0]);
		m->fds[0] = -1;
		return;
	case MESSAGE_PREVIEW:
		preview(p, m);
		return;
	case MESSAGE_PING:
		answer_ping(p, m);
		return;
	case MESSAGE_WEB:
		control_lend(p->control, m->fds[0]);
		m->fds[0] = -1;
		return;
	case MESSAGE_GO:
		if (p->standby)
			protocol_take_over(p, m);
		return;
	case MESSAGE_NOTE:
		protocol_note(p, m->text, m->value != 0);
		return;
	case MESSAGE_FILES:
		protocol_use_files(p, m->fds);
		return;
	case MESSAGE_SETUP:
	case MESSAGE_STANDBY:
	case MESSAGE_UPGRADE:
	case MESSAGE_PONG:
	case MESSAGE_READY:
	case MESSAGE_CONFIGURED:
	case MESSAGE_RELOAD:
	case MESSAGE_STATE:
	case MESSAGE_HOOKS:
	case MESSAGE_CHECK:
	case MESSAGE_HOOK_SUCCEEDED:
	case MESSAGE_HOOK_FAILED:
	case MESSAGE_HOOKS_DONE:
		/* Not for us, or not now. */
		break;
	}
	log_line(LOG_LEVEL_WARNING, "unexpected message %u from the supervisor", m->kind);
}

static void on_channel(evutil_socket_t fd, short what, void *ctx)
{
	static char buffer[RECEIVE_BUFFER];
	struct protocol *p = ctx;
	struct message m;
	int status;

	(void)what;
	while ((status = channel_receive(fd, &m, buffer)) == 0) {
		obey(p, &m);
		message_close_fds(&m);
	}
	/* The supervisor is dead. The addresses are not its business: go on. */
	if (status == -EPIPE) {
		event_del(p->channel_readable);
		p->orphaned = true;
		if (p->standby)
			event_base_loopbreak(p->base); /* nothing has been taken yet */
		p->owes.ready = p->owes.configured = false;
	}
	protocol_settle(p);
}

/*
 * A successor whose supervisor is not ours asks for the addresses by SIGUSR2. The others are the supervisor's to answer, even if a
 * service manager sends them to every process, unless it is dead.
 */
static void on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)what;
	if (number == SIGUSR2)
		hand_over(p);
	else if (p->orphaned)
		stop(p);
	protocol_settle(p);
}

int protocol_watch_supervisor(struct protocol *p)
{
	static const int signals[PROTOCOL_SIGNALS] = { SIGUSR2, SIGTERM, SIGINT };

	p->channel_readable = loop_watch(p->base, ROLE_CHANNEL_FD, on_channel, p);
	if (!p->channel_readable)
		return -ENOMEM;
	for (int i = 0; i < PROTOCOL_SIGNALS; i++) {
		p->signals[i] = loop_watch_signal(p->base, signals[i], on_signal, p);
		if (!p->signals[i])
			return -ENOMEM;
	}
	return 0;
}
