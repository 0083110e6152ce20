/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints libFuzzer's dictionary for configurations: every key and every word that a key takes, from the table that the reader
 * itself goes by, and some values that no table lists.
 */
#include <stdio.h>

#include "conf/keys.h"

static const char *const values[] = {
	"true",
	"false",
	"off",
	"1s",
	"10ms",
	"0.5s",
	"40.95s",
	"1h",
	"255",
	"192.0.2.1",
	"10.0.0.1/24",
	"fe80::1",
	"eth0",
	" dev ",
	" label ",
	" scope ",
	"link",
	"host",
	" nodad",
	"global",
	" broadcast ",
	" - ",
	"{}",
	" += ",
	" = ",
	" {\\x0a",
	"}\\x0a",
	"/*",
	"*/",
	"//",
	"#",
	"\\\"",
	"'",
	"\\\\",
	"${",
	"include(",
	"preferred-lifetime 0",
	"none",
	"/run/x",
	"\\x0ascript a {\\x0acommand = x\\x0a}\\x0a",
	"track-script a {",
	"instances = {",
};

int main(void)
{
	for (size_t i = 0; i < key_count; i++) {
		printf("\"%s\"\n", keys[i].name);
		for (const char *const *word = keys[i].words; word && *word; word++)
			printf("\"%s\"\n", *word);
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		printf("\"%s\"\n", values[i]);
	return 0;
}
