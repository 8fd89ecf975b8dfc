# SPDX-License-Identifier: GPL-2.0
# bash completion for damonctl

_damonctl()
{
	local cur prev words cword
	local monitor='--ops --range --addr-unit --vma-aware --follow-exec --follow-fork --cgroup --probe --sample --aggr --update
		--min-regions --max-regions --tune --flush-tlb'
	local scheme='--action --to --min-size --max-size --min-freq --max-freq --min-age --max-age --allow --reject
		--quota-size --quota-time --quota-interval --quota-weights --charge-failed --goal --tuner
		--quota-seed --watermarks --watermark-every --apply --times'
	local i options=

	_init_completion || return
	# What is behind "record ... --" and the like is another command's line.
	for ((i = 2; i < cword; i++)); do
		if [[ ${words[1]} = @(record|run|schemes) && ${words[i]} = -- ]]; then
			_command_offset $((i + 1))
			return
		fi
	done
	case $prev in
	-o | --output | -t | --truth)
		_filedir
		return
		;;
	--sort)
		mapfile -t COMPREPLY < <(compgen -W 'address rate size age' -- "$cur")
		return
		;;
	--ops)
		mapfile -t COMPREPLY < <(compgen -W 'vaddr fvaddr paddr' -- "$cur")
		return
		;;
	--cgroup)
		local at=/sys/fs/cgroup/

		mapfile -t COMPREPLY < <(compgen -d -- "$at$cur" | sed "s,^$at,,")
		return
		;;
	--action)
		mapfile -t COMPREPLY < <(compgen -W 'willneed cold pageout hugepage nohugepage collapse lru_prio
			lru_deprio migrate_hot migrate_cold stat' -- "$cur")
		return
		;;
	--tuner)
		mapfile -t COMPREPLY < <(compgen -W 'consist temporal' -- "$cur")
		return
		;;
	--probe)
		mapfile -t COMPREPLY < <(compgen -W 'anon memcg:' -- "$cur")
		return
		;;
	--sample | --aggr | --update | --min-regions | --max-regions | --ranges | --addr-unit | --tune | --ring | \
		-d | --duration | --windows | --at | --rows | --cols | --range | --part | --process | \
		-i | --interval | --to | --m??-size | --m??-freq | --m??-age | --allow | --reject | --quota-* | --charge-failed | \
		--goal | --watermark* | --apply | --times)
		return
		;;
	esac
	if [[ $cword = 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'info record report run schemes top --help --version' -- "$cur")
		return
	fi
	case ${words[1]} in
	record)
		options="$monitor --output --duration --ring --quiet --help --"
		;;
	run)
		options='--help --'
		;;
	schemes)
		options="$scheme $monitor --interval --duration --quiet --help --"
		;;
	top)
		options="$monitor --once --windows --help"
		;;
	report)
		if [[ $cword = 2 ]]; then
			mapfile -t COMPREPLY < <(compgen -W 'heatmap access --help' -- "$cur")
			return
		fi
		options='--output --truth --process --part --range --rows --cols --plain --colour --help'
		[[ ${words[2]} = heatmap ]] ||
			options="$monitor --process --at --windows --sort --plain --help"
		;;
	*)
		options=--help
		;;
	esac
	if [[ $cur = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	elif [[ ${words[1]} = report ]]; then
		_filedir
	else
		_pids
	fi
}
complete -F _damonctl damonctl
