/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target over inputs that are kept in files, without libFuzzer, so that every compiler and every build can: the
 * corpus is an ordinary test. Each input is named before it runs, so the last name is the one that did not come back.
 * Arguments are files, and directories of files.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

enum {
	INPUT_MAX = 1024 * 1024,
	PATH_LEN_MAX = 4096,
};

static unsigned int inputs;

_Noreturn static void give_up(const char *path, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", path, why);
	exit(EXIT_FAILURE);
}

/* In a block of exactly its length, so that a sanitizer sees one byte too many being read. */
static uint8_t *read_file(const char *path, size_t *ret_len)
{
	static uint8_t buffer[INPUT_MAX];
	FILE *in = fopen(path, "rb");
	uint8_t *data;

	if (!in)
		give_up(path, "cannot be read");
	*ret_len = fread(buffer, 1, sizeof(buffer), in);
	if (!feof(in) && fgetc(in) != EOF)
		give_up(path, "is too long");
	fclose(in);
	data = malloc(*ret_len + (*ret_len == 0));
	if (!data)
		give_up(path, "out of memory");
	memcpy(data, buffer, *ret_len);
	return data;
}

static void run_file(const char *path)
{
	size_t len;
	uint8_t *data = read_file(path, &len);

	fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(data, len);
	free(data);
	inputs++;
}

static void run_directory(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0)
		give_up(path, "cannot be read");
	for (int i = 0; i < count; i++) {
		char file[PATH_LEN_MAX];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			run_file(file);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) != 0)
			give_up(argv[i], "does not exist");
		if (S_ISDIR(st.st_mode))
			run_directory(argv[i]);
		else
			run_file(argv[i]);
	}
	if (inputs == 0)
		give_up(argc > 1 ? argv[1] : "usage", "no input");
	printf("%u inputs\n", inputs);
	return EXIT_SUCCESS;
}
