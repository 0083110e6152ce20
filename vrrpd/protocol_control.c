/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control server's questions to the protocol process. What it is told of it reads from the engine; what it is to change becomes an event;
 * a reload and an upgrade are the supervisor's to do, so that clients wait here until it has answered.
 */
#include "protocol.h"

#include "build_info.h"
#include "role.h"

static const struct engine *ask_engine(void *ctx)
{
	return ((struct protocol *)ctx)->run.engine;
}

static const struct history *ask_history(void *ctx)
{
	return engine_history(((struct protocol *)ctx)->run.engine);
}

static struct instant ask_now(void *ctx)
{
	(void)ctx;
	return clock_now();
}

static int64_t ask_wall_us(void *ctx)
{
	(void)ctx;
	return clock_wall_us();
}

static const struct tally *ask_tally(void *ctx)
{
	return ((struct protocol *)ctx)->tally;
}

static void ask_reload(void *ctx, struct control_request request)
{
	struct protocol *p = ctx;
	struct message m = message_of(MESSAGE_RELOAD, 0);

	while (m.number < RELOADS_MAX && p->reloads[m.number].waits)
		m.number++;
	if (m.number == RELOADS_MAX) {
		control_reply_error(p->control, request, "too many reloads are waiting", NULL);
		return;
	}
	p->reloads[m.number].client = request;
	p->reloads[m.number].waits = true;
	m.number++;
	m.value = request.dry_run;
	if (channel_send(ROLE_CHANNEL_FD, &m) == 0)
		return;
	protocol_take_reload(p, m.number, &request);
	control_reply_error(p->control, request,
			    "the supervisor is not running, and it alone reads the configuration: "
			    "start vrrpd again, it takes this process over",
			    NULL);
}

static const char *ask_upgrade(void *ctx, int client_fd, const char *path)
{
	const char *forgetful = protocol_forgets(ctx);
	struct message m = message_of(MESSAGE_UPGRADE, 0);

	if (forgetful)
		return forgetful;
	m.fds[0] = client_fd;
	m.text = (char *)(uintptr_t)path;
	if (channel_send(ROLE_CHANNEL_FD, &m) == 0)
		return NULL;
	return "the supervisor is not running, and it alone starts programs: start vrrpd again, "
	       "it takes this process over";
}

static void ask_announce(void *ctx, const uint32_t *vrouters, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		protocol_step(ctx,
			      &(struct event){ .kind = EVENT_ANNOUNCE, .vrouter = vrouters[i] });
	protocol_settle(ctx);
}

static void ask_force(void *ctx, const uint32_t *instances, uint32_t n,
		      const struct event_force *force)
{
	struct event ev = { .kind = EVENT_FORCE, .force = *force };

	for (uint32_t i = 0; i < n; i++) {
		ev.force.instance = instances[i];
		protocol_step(ctx, &ev);
	}
	protocol_settle(ctx);
}

bool protocol_take_reload(struct protocol *p, uint32_t number, struct control_request *ret)
{
	if (number == 0 || number > RELOADS_MAX || !p->reloads[number - 1].waits)
		return false;
	p->reloads[number - 1].waits = false;
	*ret = p->reloads[number - 1].client;
	return true;
}

int protocol_serve_control(struct protocol *p)
{
	static const struct control_handlers handlers = {
		.engine = ask_engine,
		.history = ask_history,
		.now = ask_now,
		.wall_us = ask_wall_us,
		.tally = ask_tally,
		.reload = ask_reload,
		.upgrade = ask_upgrade,
		.announce = ask_announce,
		.force = ask_force,
	};
	struct control_identity identity = {
		.version = vrrpd_version,
		.build = build_info(),
		.pid = p->supervisor,
	};

	p->control = control_new(p->base, p->listen_fd, &handlers, p, &identity);
	if (!p->control)
		return -ENOMEM;
	control_set_group(p->control, (gid_t)p->control_group);
	return 0;
}
