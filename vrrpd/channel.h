/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the supervisor and its children say to each other: small messages over a SOCK_SEQPACKET pair, each a kind, two numbers, a text
 * and at most two descriptors. A message is whole or not there at all; one that is too long or of no known kind is an error.
 */
#ifndef VRRPD_CHANNEL_H
#define VRRPD_CHANNEL_H

#include <stdint.h>

#include <stddef.h>

enum message_kind {
	/* supervisor to protocol */
	MESSAGE_SETUP =
		1, /* fds: listening control socket, state file (absent: none); number: supervisor's pid; value: 1: in standby, prepare
		      everything and touch nothing until GO; text: uid and gid to become, and the packet filter's table */
	MESSAGE_CONFIGURE, /* fds: settings image; text: what changed, a line each; number: a client's reload, 0: nobody's;
			      value: group id of control-group, UINT32_MAX: none */
	MESSAGE_REFUSED, /* the reload with that number was refused; text: the problems, a line each */
	MESSAGE_STOP,    /* release mastership without losing traffic, then end */
	MESSAGE_HANDOVER, /* end at once, addresses stay for a successor; passed on to the runner */
	MESSAGE_RUNNER, /* fds: the way to the runner, which is new; likewise to the runner: the way to the protocol process */
	MESSAGE_PREVIEW, /* as CONFIGURE, and nothing is put into force: the client is told what would be */
	MESSAGE_PING, /* number: to be given back, at once; value: 1: with the packet sockets, to be kept */
	MESSAGE_GO, /* to one in standby: its predecessor has ended; value: 1: no other vrrpd lives in this network namespace; fds: as
		       SETUP's, if they were not there yet */
	MESSAGE_NOTE, /* text: what became of an upgrade, for the history; value: 1: it failed */
	MESSAGE_WEB, /* fds: the way to the web process, which is new: a client that may only look; likewise to the web process; from it:
			no fd, it needs another one */
	/* supervisor to runner: also SETUP (fds: the ledger), CONFIGURE (before the protocol process gets it) and STOP (twice: at once) */
	/* supervisor to web process: also SETUP (fds: the listening HTTP socket; value: the log level) */
	/* protocol to supervisor */
	MESSAGE_READY,      /* the engine runs */
	MESSAGE_CONFIGURED, /* the new settings are in force, which is passed on to the runner; value: or why not (errno), and the old ones are */
	MESSAGE_RELOAD, /* a client asks for a reload; number: to be given back; value: 1 to be told only what it would do */
	MESSAGE_PONG,   /* number: of the PING; fds: the packet sockets, if it asks for them */
	MESSAGE_STANDBY, /* all is prepared */
	MESSAGE_UPGRADE, /* fds: the client that asks for it, which is answered by the supervisor; text: path, empty: the one of the start */
	/* protocol to runner */
	MESSAGE_STATE, /* a line for notify-fifo: INSTANCE "web" MASTER 150 */
	MESSAGE_HOOKS, /* number: to be given back; value: the notifier's number, where to look first; text: the environment, a line
			  each: VRRP_TYPE (INSTANCE, GROUP), VRRP_NAME, VRRP_STATE… */
	/* runner to protocol */
	MESSAGE_CHECK, /* number: check_message_number(); value: int32_t, as EVENT_CHECK's; text: its name, and on a second line why */
	MESSAGE_HOOK_SUCCEEDED, /* number: as given; value: how many ms it took; text: which hook */
	MESSAGE_HOOK_FAILED,    /* likewise; text: which hook, what went wrong, what it printed */
	MESSAGE_HOOKS_DONE,     /* number: as given; no hook of it runs any more */
	/* supervisor to protocol; here, so that the numbers above are those of other builds */
	MESSAGE_FILES, /* fds: as SETUP's, which have been removed from the state directory and made again */
};

enum {
	MESSAGE_TEXT_MAX = 32768,
	MESSAGE_FDS_MAX = 2,
};

struct message {
	uint32_t kind; /* enum message_kind */
	uint32_t number;
	uint32_t value;
	int fds[MESSAGE_FDS_MAX]; /* -1: none; the receiver owns what it got */
	char *text; /* NUL-terminated; NULL: none; points into the channel's buffer after receiving */
};

/* A check is known by kind and name; where it stands in the settings says where to look first. */
enum {
	CHECK_MESSAGE_KINDS = 8
};
static inline uint32_t check_message_number(uint32_t kind, uint32_t index)
{
	return index * CHECK_MESSAGE_KINDS + kind;
}

/* kind: enum message_kind, or one of heritage.h */
struct message message_of(uint32_t kind, uint32_t number);

/* Sends without waiting: 0, -EAGAIN when the other side does not read, -EPIPE when it is gone. A text too long is cut at a line. */
int channel_send(int fd, const struct message *message);

/*
 * Receives one message without waiting; *ret->text lies in buffer (MESSAGE_TEXT_MAX + 1 bytes). 0, -EAGAIN when there is none, -EPIPE when the
 * other side is gone, -EBADMSG for something else than a message.
 */
int channel_receive(int fd, struct message *ret, char *buffer);

void message_close_fds(struct message *message);

#endif
