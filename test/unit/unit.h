/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every program of unit tests ends with: run one test case and say how it went. The time limit
 * of a single test is generous because sanitizers are slow, and finite because an endless loop is a
 * failure too.
 */
#ifndef TEST_UNIT_H
#define TEST_UNIT_H

#include <check.h>
#include <stdlib.h>

/* The exit status of the program. */
static inline int run_test_case(TCase *tc, const char *name)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(tc, 240);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
