#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts a markdown file into one comment of a GitLab merge request: writes it the
# first time, changes it from then on.
#
# usage: docs/ci/gitlab_comment.sh FILE     in a job of a merge request
#
#   GITLAB_TOKEN  a token that may comment (docs/ci/README.md). Without one
#                 nothing is written, and that is not an error: the pipeline of
#                 a fork has none
set -eu

[ $# = 1 ] || {
    sed -n '1,2d; s/^# \{0,1\}//p; /^set/q' "$0" >&2
    exit 2
}
file=$1
marker='<!-- gilbench -->' # begins our comment; nobody sees it
[ -r "$file" ] || {
    echo "$0: there is no $file: look at the job that compares" >&2
    exit 4
}
[ -n "${GITLAB_TOKEN-}" ] || {
    echo "$0: no comment: GITLAB_TOKEN is not set (docs/ci/README.md)" >&2
    exit 0
}
# Of the project that is merged into: a fork's pipeline has another one of its
# own.
notes=projects/$CI_MERGE_REQUEST_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes

# api METHOD PATH [CURL OPTION...]: what the server answers. The token goes
# through a pipe: other users of the machine can read a command line.
api() {
    method=$1 path=$2
    shift 2
    printf 'header = "PRIVATE-TOKEN: %s"\n' "$GITLAB_TOKEN" |
        curl --config - --silent --show-error --fail --max-time 30 \
            --request "$method" "$@" "$CI_API_V4_URL/$path" || {
        echo "$0: $method $path failed at $CI_API_V4_URL; may the token" \
            "comment (scope api)?" >&2
        exit 4
    }
}

# read_json TEXT JQ-ARGUMENT...: from an answer, which might be anything.
read_json() {
    text=$1
    shift
    printf '%s' "$text" | jq "$@" || {
        echo "$0: $CI_API_V4_URL answers with something else than expected" >&2
        exit 4
    }
}

# The comment of this token's user that begins with our marker, if any.
find_ours() {
    user=$(api GET user)
    me=$(read_json "$user" -e .id)
    page=1
    while :; do
        some=$(api GET "$notes?per_page=100&page=$page")
        n=$(read_json "$some" 'if type == "array" then length else error end')
        [ "$n" -gt 0 ] || return 0
        # shellcheck disable=SC2016 # they are jq's
        id=$(read_json "$some" --argjson me "$me" --arg marker "$marker" \
            'map(select(.author.id == $me and (.body | startswith($marker))))
             | first.id // empty')
        [ -z "$id" ] || break
        page=$((page + 1))
    done
    echo "$id"
}

body=$(mktemp)
trap 'rm -f "$body"' EXIT
{ echo "$marker" && cat "$file"; } >"$body"
note=$(find_ours)
if [ -n "$note" ]; then
    api PUT "$notes/$note" --data-urlencode "body@$body" >/dev/null
else
    api POST "$notes" --data-urlencode "body@$body" >/dev/null
fi
