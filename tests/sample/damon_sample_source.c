// SPDX-License-Identifier: GPL-2.0
/*
 * An access source of its own: addresses that no memory is behind, of which a
 * known part is accessed all the time.
 */
#include <linux/atomic.h>

#include "control.h"

/* The truth. */
#define START		(1ULL << 40)
#define END		(START + (1ULL << 30))
#define HOT_START	(START + (256ULL << 20))
#define HOT_END		(HOT_START + (64ULL << 20))

static atomic_t nr_out;

static int out_get(char *buf, const struct kernel_param *kp)
{
	return scnprintf(buf, PAGE_SIZE, "%d\n", atomic_read(&nr_out));
}

static const struct kernel_param_ops out_ops = {
	.get = out_get,
};
module_param_cb(out, &out_ops, NULL, 0444);
MODULE_PARM_DESC(out, "samples that were armed and not checked yet");

static int puts;
module_param(puts, int, 0444);
MODULE_PARM_DESC(puts, "targets that were put");

static bool gone;
module_param(gone, bool, 0644);
MODULE_PARM_DESC(gone, "the target is gone");

static int sample_ranges(void *priv, struct damonx_range *ranges, u32 max)
{
	if (gone)
		return -ESRCH;
	ranges[0].start = START;
	ranges[0].end = END;
	return 1;
}

static bool sample_arm(void *priv, struct damonx_sample *samples, u32 nr)
{
	u32 i;

	if (gone)
		return false;
	for (i = 0; i < nr; i++)
		samples[i].cookie = ~samples[i].addr;
	atomic_add(nr, &nr_out);
	return true;
}

static bool sample_check(void *priv, struct damonx_sample *samples, u32 nr)
{
	u32 i;

	atomic_sub(nr, &nr_out);
	for (i = 0; i < nr; i++) {
		u64 addr = samples[i].addr;

		/* Anything else than what was armed would be a hit where none is. */
		samples[i].accessed = samples[i].cookie != ~addr ||
				      (addr >= HOT_START && addr < HOT_END);
	}
	return !gone;
}

static void sample_put(void *priv)
{
	puts++;
}

static const struct damonx_ops sample_ops = {
	.owner = THIS_MODULE,
	.name = "sample",
	.min_region_sz = PAGE_SIZE,
	.nr_ranges = 1,
	.ranges = sample_ranges,
	.arm = sample_arm,
	.check = sample_check,
	.put = sample_put,
};

static int more_commands(const char *command)
{
	static const struct damonx_ops taken = {
		.owner = THIS_MODULE,
		.name = "vaddr",
		.min_region_sz = PAGE_SIZE,
		.nr_ranges = 1,
		.arm = sample_arm,
		.check = sample_check,
	};

	if (!strcmp(command, "register"))
		return damonx_ops_register(&sample_ops);
	if (!strcmp(command, "register-taken"))
		return damonx_ops_register(&taken);
	if (!strcmp(command, "unregister"))
		return damonx_ops_unregister(&sample_ops);
	return -EINVAL;
}

static int __init sample_init(void)
{
	return damonx_ops_register(&sample_ops);
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	leave();
	WARN_ON(damonx_ops_unregister(&sample_ops) == -EBUSY);
	WARN_ON(!gone && atomic_read(&nr_out));
}
module_exit(sample_exit);

MODULE_DESCRIPTION("Sample access source for damon.ko");
MODULE_AUTHOR("The damon-dkms authors");
MODULE_LICENSE("GPL");
