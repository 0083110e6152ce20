/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line, put together once. Libraries that can tell are asked for the version that runs, not the one that was compiled against.
 */
#include "build_info.h"

#include <stdio.h>

#include <confuse.h>
#include <event2/event.h>
#include <jansson.h>
#include <libmnl/libmnl.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED ", address sanitizer"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED ", address sanitizer"
#endif
#endif
#ifndef SANITIZED
#define SANITIZED ""
#endif

const char *build_info(void)
{
	static char text[256];

	if (text[0] == '\0')
		snprintf(text, sizeof(text),
			 "compiler %s" SANITIZED "; libevent %s, jansson %s, %s", __VERSION__,
			 event_get_version(), jansson_version_str(), confuse_version);
	return text;
}
