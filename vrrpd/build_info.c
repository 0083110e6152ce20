/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line, put together once. Libraries that can tell are asked for the version that runs; of the others it is the one that was found
 * when this was built.
 */
#include "build_info.h"

#include <stdio.h>

#include <event2/event.h>
#include <jansson.h>

#include "core/event_record.h"
#include "core/record.h"
#include "heritage.h"
#include "state_file.h"

#define TEXT_OF_(number) #number
#define TEXT_OF(number)  TEXT_OF_(number)

#ifdef __clang__
#define COMPILER                                                                    \
	"clang " TEXT_OF(__clang_major__) "." TEXT_OF(__clang_minor__) "." TEXT_OF( \
		__clang_patchlevel__)
#else
#define COMPILER "gcc " __VERSION__
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED " with address sanitizer"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED " with address sanitizer"
#endif
#endif
#ifndef SANITIZED
#define SANITIZED ""
#endif

const char *build_formats(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "state %d.%d.%d, upgrade %d", STATE_LAYOUT, RECORD_VERSION,
		 EVENT_RECORD_VERSION, UPGRADE_FORMAT);
	return text;
}

const char *build_info(void)
{
	static char text[256];

	if (text[0] == '\0')
		snprintf(text, sizeof(text),
			 COMPILER SANITIZED
			 "; libcap-ng " CAPNG_VERSION ", libconfuse " CONFUSE_VERSION
			 ", libevent %s, libmnl " MNL_VERSION ", libnftnl " NFTNL_VERSION
			 ", jansson %s",
			 event_get_version(), jansson_version_str());
	return text;
}
