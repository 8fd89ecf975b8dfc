// SPDX-License-Identifier: GPL-2.0
/* Tests of damonctl's parts, without the module. */
#include <stdlib.h>
#include <unistd.h>

#include "test_tools.h"

int main(void)
{
	char dir[] = "/tmp/damonctl-test.XXXXXX";
	Suite *suite = suite_create("damonctl");
	SRunner *runner;
	int failed;

	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	suite_add_tcase(suite, tcase_units());
	suite_add_tcase(suite, tcase_recording());
	suite_add_tcase(suite, tcase_stream());
	suite_add_tcase(suite, tcase_ring());
	suite_add_tcase(suite, tcase_heatmap());
	suite_add_tcase(suite, tcase_image());
	suite_add_tcase(suite, tcase_diagnose());
	suite_add_tcase(suite, tcase_targets());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (!chdir("/") && !failed && rmdir(dir))
		return 1;
	return failed ? 1 : 0;
}
