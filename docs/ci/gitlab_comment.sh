#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts a markdown file into one comment of a GitLab merge request: writes it the
# first time, changes it from then on.
#
# usage: docs/ci/gitlab_comment.sh FILE     in a job of a merge request
#
#   GITLAB_TOKEN  a project access token that may comment (scope api, role
#                 Reporter or above), as a masked variable of the project. A
#                 job's own token may not comment. Without one nothing is
#                 written, and that is not an error: a fork has none
set -eu

[ $# = 1 ] || {
    sed -n 's/^# //p; /^set/q' "$0" >&2
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
notes=projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes

# api METHOD PATH [CURL OPTION...]: what the server answers. The token goes
# through a pipe: other users of the machine can read a command line.
api() {
    method=$1 path=$2
    shift 2
    printf 'header = "PRIVATE-TOKEN: %s"\n' "$GITLAB_TOKEN" |
        curl --config - --silent --show-error --fail --retry 3 --max-time 30 \
            --request "$method" "$@" "$CI_API_V4_URL/$path" || {
        echo "$0: $method $path failed at $CI_API_V4_URL; may the token" \
            "comment (scope api)?" >&2
        exit 4
    }
}

# The comment of this token's user that begins with our marker, if any.
ours() {
    me=$(api GET user)
    me=$(printf '%s' "$me" | jq .id)
    page=1
    while :; do
        some=$(api GET "$notes?per_page=100&page=$page")
        [ "$(printf '%s' "$some" | jq length)" -gt 0 ] || return 0
        id=$(printf '%s' "$some" | jq --argjson me "$me" --arg marker "$marker" \
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
note=$(ours)
if [ -n "$note" ]; then
    api PUT "$notes/$note" --data-urlencode "body@$body" >/dev/null
else
    api POST "$notes" --data-urlencode "body@$body" >/dev/null
fi
