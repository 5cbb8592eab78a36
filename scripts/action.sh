#!/usr/bin/env bash
# The steps of the GitHub Action (action.yml), so that they can be tried
# elsewhere: action.sh run|compare|keep|comment|verdict. What they need comes in
# IMBENCH_… variables, never in the text of a command.
set -euo pipefail

# lines NAME TEXT: the array NAME has the lines of TEXT that are not blank.
lines() {
	local -n into=$1
	# shellcheck disable=SC2034 # it is another name for the array
	mapfile -t into < <(printf '%s\n' "$2" | sed '/^[[:space:]]*$/d')
}

# graver A B: of two exit codes, the one that is worse news.
graver() {
	local code
	for code in 130 2 1 3 4 0; do
		if [[ $1 == "$code" || $2 == "$code" ]]; then
			echo "$code"
			return
		fi
	done
	echo 1
}

say() { echo "$1" >>"${GITHUB_OUTPUT:-/dev/null}"; }

# run: so many runs, each into files of its own. Fails only for what is no run.
run() {
	local out=$IMBENCH_OUTPUT runs=${IMBENCH_RUNS:-1} args seed worst=0 code i
	if ! [[ $runs =~ ^[1-9][0-9]?$ ]]; then
		echo "runs: $runs is not a number from 1 to 99" >&2
		exit 2
	fi
	lines args "${IMBENCH_ARGS:-}"
	mkdir -p "$out"
	rm -f "$out"/result-*.json
	for ((i = 1; i <= runs; i++)); do
		echo "::group::run $i of $runs"
		code=0 seed=()
		if ((runs > 1)); then seed=(--seed "$i"); fi # else the scenario's own
		imbench run "$IMBENCH_SCENARIO" "${seed[@]}" "${args[@]}" --events "$out/events-$i.jsonl" \
			-o "$out/result-$i.json" -o "$out/report-$i.html" -o "$out/report-$i.md" -o "$out/junit-$i.xml" || code=$?
		echo "::endgroup::"
		echo "run $i ended with $code"
		worst=$(graver "$worst" "$code")
		if [[ $code == 2 || $code == 130 ]]; then
			break
		fi
	done
	say "code=$worst"
}

# compare: hold the results against those of the base branch, if there are any.
compare() {
	local out=$IMBENCH_OUTPUT args=() rules rule code=0
	if ! compgen -G "$IMBENCH_BASE/result-*.json" >/dev/null; then
		echo "no results of the base branch yet: they are kept when this runs on a push to it"
		return
	fi
	lines rules "${IMBENCH_FAIL_ON:-}"
	for rule in "${rules[@]}"; do args+=(--fail-on "$rule"); done
	imbench compare "$IMBENCH_BASE"/result-*.json --with "$out"/result-*.json "${args[@]}" \
		-o "$out/comparison.md" -o "$out/comparison.html" -o "$out/comparison.json" || code=$?
	say "code=$code"
}

# keep: the results become what later ones are held against.
keep() {
	mkdir -p "$IMBENCH_BASE"
	rm -f "$IMBENCH_BASE"/result-*.json
	cp "$IMBENCH_OUTPUT"/result-*.json "$IMBENCH_BASE"/
}

# comment: one comment for each name, written anew each time.
comment() {
	local out=$IMBENCH_OUTPUT mark="<!-- imbench: $IMBENCH_NAME -->" body id
	local comments="repos/$GITHUB_REPOSITORY/issues/$IMBENCH_PULL_REQUEST/comments"
	body=$(mktemp)
	{
		echo "$mark"
		if [[ -s $out/comparison.md ]]; then
			cat "$out/comparison.md"
		elif [[ -s $out/report-1.md ]]; then
			cat "$out/report-1.md"
		else
			echo "imbench made no report; see the job."
		fi
	} >"$body"
	id=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$mark\")) | .id" | head -n 1)
	if [[ -n $id ]]; then
		gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$body" >/dev/null
	else
		gh api --method POST "$comments" -F "body=@$body" >/dev/null
	fi
	rm -f "$body"
}

# verdict: what the job ends with.
verdict() {
	local code=${IMBENCH_CODE:-1}
	if [[ ${IMBENCH_FAIL_ON_REGRESSION:-true} == true && ${IMBENCH_COMPARISON:-} == [123] ]]; then
		echo "::error::the comparison with the base branch ended with $IMBENCH_COMPARISON"
		code=$(graver "$code" "$IMBENCH_COMPARISON")
	fi
	if [[ $code != 0 ]]; then
		echo "::error::imbench ended with $code"
	fi
	exit "$code"
}

case ${1:-} in
run | compare | keep | comment | verdict) "$1" ;;
*)
	echo "usage: action.sh run|compare|keep|comment|verdict" >&2
	exit 2
	;;
esac
