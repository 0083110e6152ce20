/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages over a SOCK_SEQPACKET pair: a header of three numbers, then the text; descriptors as ancillary data.
 */
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct message message_of(uint32_t kind, uint32_t number)
{
	return (struct message){ .kind = kind, .number = number, .fds = { -1, -1 } };
}

void message_close_fds(struct message *message)
{
	for (int i = 0; i < MESSAGE_FDS_MAX; i++) {
		if (message->fds[i] >= 0)
			close(message->fds[i]);
		message->fds[i] = -1;
	}
}

/* How much of a text is sent: whole lines only where it is too long. */
static size_t text_len(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len <= MESSAGE_TEXT_MAX)
		return len;
	for (len = MESSAGE_TEXT_MAX; len > 0 && text[len - 1] != '\n'; len--)
		continue;
	return len;
}

int channel_send(int fd, const struct message *message)
{
	uint32_t head[3] = { message->kind, message->number, message->value };
	struct iovec parts[] = {
		{ .iov_base = head, .iov_len = sizeof(head) },
		{ .iov_base = message->text, .iov_len = text_len(message->text) },
	};
	union {
		char space[CMSG_SPACE(sizeof(int) * MESSAGE_FDS_MAX)];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2 };
	size_t count = 0;

	while (count < MESSAGE_FDS_MAX && message->fds[count] >= 0)
		count++;
	if (count != 0) {
		struct cmsghdr *rights;

		packet.msg_control = control.space;
		packet.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		rights = CMSG_FIRSTHDR(&packet);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(rights), message->fds, sizeof(int) * count);
	}
	if (sendmsg(fd, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == ECONNRESET ? -EPIPE : -errno;
}

static void take_fds(struct msghdr *packet, struct message *ret)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(packet); c; c = CMSG_NXTHDR(packet, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(ret->fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	}
}

int channel_receive(int fd, struct message *ret, char *buffer)
{
	struct message got = message_of(MESSAGE_SETUP, 0);
	uint32_t head[3];
	struct iovec parts[] = {
		{ .iov_base = head, .iov_len = sizeof(head) },
		{ .iov_base = buffer, .iov_len = MESSAGE_TEXT_MAX },
	};
	union {
		char space[CMSG_SPACE(sizeof(int) * MESSAGE_FDS_MAX)];
		struct cmsghdr align;
	} control;
	struct msghdr packet = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	ssize_t len = recvmsg(fd, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (len < 0)
		return errno == EINTR ? -EAGAIN : errno == ECONNRESET ? -EPIPE : -errno;
	if (len == 0)
		return -EPIPE;
	take_fds(&packet, &got);
	if ((size_t)len < sizeof(head) || packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		message_close_fds(&got);
		return -EBADMSG;
	}
	got.kind = head[0];
	got.number = head[1];
	got.value = head[2];
	got.text = buffer;
	buffer[(size_t)len - sizeof(head)] = '\0';
	*ret = got;
	return 0;
}
