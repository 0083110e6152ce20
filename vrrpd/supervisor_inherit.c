/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An upgrade from the side of the build that takes over: it begins its life as a process that has one already, with the settings that the
 * successor has read, a protocol process that serves, and a client that waits to hear of it.
 */
#include "supervisor.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "build_info.h"
#include "log.h"
#include "settings_fd.h"
#include "upgrade_client.h"

const char *supervisor_own_path(char buf[static PATH_MAX])
{
	const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	char cwd[PATH_MAX];
	ssize_t len;

	/* Not the file behind it: that of a package is a new one after its upgrade, and that of a link may be. */
	if (name && name[0] == '/' && strncmp(name, "/proc/", 6) != 0 &&
	    strncmp(name, "/dev/fd/", 8) != 0) {
		snprintf(buf, PATH_MAX, "%s", name);
	} else if (name && name[0] != '/' && getcwd(cwd, sizeof(cwd)) &&
		   strlen(cwd) + strlen(name) + 2 <= PATH_MAX) {
		memcpy(buf, cwd, strlen(cwd));
		snprintf(buf + strlen(cwd), PATH_MAX - strlen(cwd), "/%s", name);
	} else {
		len = readlink(OWN_PROGRAM, buf, PATH_MAX - 1);
		buf[len > 0 ? len : 0] = '\0';
	}
	return buf;
}

void supervisor_note(struct supervisor *s, const char *text, bool failed)
{
	struct message m = message_of(MESSAGE_NOTE, 0);

	m.value = failed;
	m.text = (char *)(uintptr_t)text;
	if (s->child.pid == 0 || channel_send(s->child.channel, &m) != 0)
		log_line(failed ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "%s", text);
}

int supervisor_inherit(struct supervisor *s, struct heritage *h)
{
	int status = settings_from_fd(h->settings, &s->current);

	close(h->settings);
	if (status != 0)
		return status;
	log_set_level(s->current->global.log_level);
	log_to_target(s->current->global.log_target);
	s->sd = (struct state_dir){ .path = s->options->state_dir, .dir = h->dir, .lock = h->lock };
	(void)filter_table_name(s->options->state_dir,
				s->filter_table); /* it was possible for the predecessor */
	s->listen_fd = h->listen;
	s->state_fd = h->state;
	s->ledger_fd = h->ledger;
	s->child = (struct child){ .pid = h->protocol, .channel = h->channel, .log = h->log };
	s->web.listen_fd = h->web;
	s->web.port = h->web_port;
	if (ip_parse(h->web_address, &s->web.address) != 0)
		s->web.port = 0;
	s->was_ready = s->serves = true;
	orphan_note(&s->sd, s->child.pid);
	return 0;
}

void supervisor_inherited(struct supervisor *s, struct heritage *h)
{
	char text[1024];

	watchdog_start(s);
	supervisor_tell_ready(s);
	if (h->runner != 0)
		supervisor_retire_runner(s, h->runner, h->runner_log);
	snprintf(text, sizeof(text), "upgraded from %s to %s (%.256s), asked for by %s", h->from,
		 vrrpd_version, s->program, h->by);
	supervisor_note(s, text, false);
	upgrade_client_answer(h->client, json_pack("{s:b, s:{s:s, s:s, s:s, s:i}}", "ok", 1,
						   "result", "from", h->from, "to", vrrpd_version,
						   "path", s->program, "pid", (int)getpid()));
}
