/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values that keepalived reads as numbers, times and switches. One that is none, or out of its
 * range, is what keepalived takes then, and said.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/duration.h"
#include "conf/import_translate.h"

const char *import_template_hint(const char *text)
{
	if (strstr(text, "{{") || strstr(text, "${") || strstr(text, "{%") || strchr(text, '<') ||
	    strstr(text, "__"))
		return " (a template that is not filled in?)";
	return "";
}

bool import_is_interface(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-@+";

	return interface_name_ok(text) && text[strspn(text, letters)] == '\0';
}

long import_integer(struct import *x, const struct import_node *n, size_t arg, long min, long max,
		    long otherwise)
{
	const char *text = import_arg(n, arg);
	char *end;
	long number = strtol(text, &end, 10);

	if (text[0] != '\0' && *end == '\0' && number >= min && number <= max)
		return number;
	import_lost(x, n, "%s: \"%s\" is no number from %ld to %ld%s: %ld was taken",
		    show(import_name(n)).text, show(text).text, min, max,
		    import_template_hint(text), otherwise);
	return otherwise;
}

long import_digits(struct import *x, const struct import_node *n, size_t arg, long min, long max,
		   long below, long above)
{
	const char *text = import_arg(n, arg);
	char *end;
	long number = strtol(text, &end, 10), taken;

	taken = number < min ? below : number > max ? above : number;
	if (text[0] == '\0' || *end != '\0' || taken != number)
		import_lost(x, n, "%s: \"%s\" is no number from %ld to %ld%s: %ld was taken",
			    show(import_name(n)).text, show(text).text, min, max,
			    import_template_hint(text), taken);
	return taken;
}

bool import_seconds(const char *text, struct span *ret)
{
	size_t len = strspn(text, "0123456789.");

	return len > 0 && text[len] == '\0' && text[0] != '.' && duration_parse(text, ret) == 0;
}

struct span import_time(struct import *x, const struct import_node *n, size_t arg, struct span min,
			struct span max, struct span otherwise)
{
	const char *text = import_arg(n, arg);
	char low[DURATION_TEXT_MAX], high[DURATION_TEXT_MAX], taken[DURATION_TEXT_MAX];
	struct span span;

	if (import_seconds(text, &span) && span.us >= min.us && span.us <= max.us)
		return span;
	import_lost(x, n, "%s: \"%s\" is no time from %s to %s%s: %s was taken",
		    show(import_name(n)).text, show(text).text, duration_text(min, low),
		    duration_text(max, high), import_template_hint(text),
		    duration_text(otherwise, taken));
	return otherwise;
}

bool import_boolean(const struct import_node *n, bool otherwise)
{
	static const char *const yes[] = { "on", "true", "yes", "1" };
	static const char *const no[] = { "off", "false", "no", "0" };

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(import_arg(n, 0), yes[i]) == 0)
			return true;
		if (strcmp(import_arg(n, 0), no[i]) == 0)
			return false;
	}
	return otherwise;
}
