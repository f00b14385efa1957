#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The recipes of docs/ci: files, options and scripts they name are there, and
the one that they share does what it says."""
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

import program
from program import folder, gilbench, load

SOURCE = os.environ.get("SOURCE_ROOT", ".")
RECIPES = os.path.join(SOURCE, "docs", "ci")
SCRIPTS = ("compare.sh", "gitlab_comment.sh", "slurm.sh")
ONE_CELL = {"schema_version": 1, "plan": "one", "summary": "one cell",
            "reps": 1, "slices": 2, "slice_ms": 5, "set": {"warmup_ms": 5},
            "experiments": [{"workload": "cpu_loop", "tasks": 1,
                             "model": "free_threads"}]}


def read(name):
    with open(os.path.join(RECIPES, name), encoding="utf-8") as source:
        return source.read()


def steps(name):
    """The shell lines of a workflow, expressions replaced by a word."""
    try:
        import yaml  # pylint: disable=import-outside-toplevel
    except ImportError:
        print("python3-yaml is not installed")
        return []
    recipe = yaml.safe_load(read(name))
    if "jobs" in recipe:
        return [re.sub(r"\$\{\{.*?\}\}", "word", step["run"])
                for job in recipe["jobs"].values()
                for step in job["steps"] if "run" in step]
    return [line for job in recipe.values() for line in job["script"]]


def check_syntax():
    for script in SCRIPTS:
        path = os.path.join(RECIPES, script)
        assert os.access(path, os.X_OK), path
        subprocess.run(["sh", "-n", path], check=True)
    for name in ("github.yml", "gitlab.yml"):
        lines = steps(name)
        for line in lines:
            subprocess.run(["sh", "-n", "-c", line], check=True)
        for path in re.findall(r"(?:\./|docs/)[\w./-]+", "\n".join(lines)):
            assert os.access(os.path.join(SOURCE, path), os.X_OK), path


def check_shell():
    """The scripts, and the steps of the workflows, by shellcheck."""
    if not shutil.which("shellcheck"):
        print("shellcheck is not installed")
        return
    paths = [os.path.join(RECIPES, script) for script in SCRIPTS]
    subprocess.run(["shellcheck", *paths], check=True)
    for name in ("github.yml", "gitlab.yml"):
        text = "#!/bin/sh\nset -e\n" + "\n".join(steps(name)) + "\n"
        subprocess.run(["shellcheck", "-"], input=text, check=True,
                       encoding="utf-8")


def check_options():
    """Every option that a recipe gives to gilbench is one that it has."""
    for script in SCRIPTS:
        text = read(script).replace("\\\n", " ")
        for line in re.findall(r'^\s*"\$gilbench" (\w+)(.*)$', text, re.M):
            known = gilbench(line[0], "--help").stdout
            for option in re.findall(r"--[a-z-]+", line[1]):
                assert option in known, (script, line[0], option)


def job_environment(path, i, n):
    return {**os.environ, "GILBENCH": os.path.abspath(program.GILBENCH),
            "PLAN": path, "SLURM_ARRAY_JOB_ID": "7",
            "SLURM_ARRAY_TASK_ID": str(i), "SLURM_ARRAY_TASK_MIN": "1",
            "SLURM_ARRAY_TASK_COUNT": str(n)}


def job(place, path, i, n):
    """A job of an array, as Slurm would start it."""
    return subprocess.run(
        [os.path.join(RECIPES, "slurm.sh")], cwd=place, check=False,
        capture_output=True, encoding="utf-8", timeout=120,
        env=job_environment(path, i, n))


def array(place, path, codes):
    """The jobs one after another, their exit codes, and what they left."""
    for i, code in enumerate(codes, 1):
        done = job(place, path, i, len(codes))
        assert done.returncode == code, (i, done)
    left = os.listdir(os.path.join(place, "results", "slurm-7"))
    assert "merge" not in left, left
    return done, left


def joined(place):
    result = program.valid(
        os.path.join(place, "results", "slurm-7", "result.json"))
    assert result["plan"]["shard"] is None
    return [cell["status"] for cell in result["cells"]]


def check_slurm():
    """An array of as many jobs as cells, of one job, and of too many."""
    for n in (2, 1, 3):
        with folder() as place:
            array(place, plan(place, tasks=[1, 2]), [0] * n)
            assert joined(place) == ["ok", "ok"]


def check_slurm_failed():
    """A cell that fails costs nothing but itself, and the last job tells."""
    with folder() as place:
        # Only one of them has so small a stack.
        path = plan(place, workload="micro_switch", set={
            "depth": 5000, "stack_kib": 16}, tasks=2,
            model=["coop_tasks", "free_threads"])
        done, _ = array(place, path, [4, 4])
        assert joined(place) == ["failed", "ok"]
        assert "shard-1.json: the run ended with 4" in done.stderr
        # One that Slurm starts again joins them again.
        os.remove(os.path.join(place, "results", "slurm-7", "result.json"))
        done = job(place, path, 2, 2)
        assert done.returncode == 4 and len(joined(place)) == 2, done


def check_slurm_limit():
    """Slurm ends a job at its time limit: what it has is joined."""
    with folder() as place:
        path = plan(place, tasks=[1, 2], set={"warmup_ms": 60000})
        process = subprocess.Popen(
            [os.path.join(RECIPES, "slurm.sh")], cwd=place,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env=job_environment(path, 1, 1))
        shard = os.path.join(place, "results", "slurm-7", "shard-1.json")
        until(lambda: os.path.exists(shard))
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(60) == 4
        assert joined(place) == ["skipped", "skipped"]


def check_slurm_lost():
    """A shard that is not there: nothing is joined, and that is said."""
    with folder() as place:
        done, left = array(place, os.path.join(place, "no_plan.json"), [2, 2])
        assert "result.json" not in left
        assert "nothing is joined" in done.stderr


def refused_by_compare(*args, **env):
    """It exits with 4 and a line: 1 would say that it is slower."""
    done = subprocess.run(
        [os.path.join(RECIPES, "compare.sh"), *args], cwd=SOURCE,
        capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, **env})
    assert done.returncode == 4 and done.stderr.strip(), done
    return done


def check_refusals():
    """What keeps compare.sh from comparing is no verdict."""
    refused_by_compare("HEAD", OUT="/proc/nowhere")
    with folder() as place:
        done = refused_by_compare("no-such-commit", OUT=place)
        assert "no-such-commit" in done.stderr
    done = subprocess.run([os.path.join(RECIPES, "compare.sh")],
                          capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2 and done.stderr.startswith("Builds two")


def is_git_tree():
    inside = subprocess.run(["git", "-C", SOURCE, "rev-parse", "HEAD"],
                            capture_output=True, check=False)
    if inside.returncode != 0:
        print("not a git tree")
    return inside.returncode == 0


def check_keeps_others():
    """A folder that only has the name of a side's tree is not touched."""
    if not is_git_tree():
        return
    with folder() as place:
        own = os.path.join(place, "base", "thesis")
        os.mkdir(os.path.dirname(own))
        with open(own, "w", encoding="utf-8") as out:
            out.write("years of work")
        refused_by_compare("HEAD", OUT=place)
        assert os.path.isfile(own)


def check_killed():
    """Who is killed takes the trees along, or the next run would fail."""
    if not is_git_tree():
        return
    with folder() as place:
        process = subprocess.Popen(
            [os.path.join(RECIPES, "compare.sh"), "HEAD"], cwd=SOURCE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, "OUT": place})
        until(lambda: os.path.exists(os.path.join(place, "base.log")))
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 130
        assert not os.path.exists(os.path.join(place, "base"))
    trees = subprocess.run(["git", "-C", SOURCE, "worktree", "list"],
                           capture_output=True, encoding="utf-8", check=True)
    assert place not in trees.stdout


def until(found):
    end = time.monotonic() + 60
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)


def check_github_comment():
    """The first run makes a comment, the next ones change it."""
    (script,) = (line for line in steps("github.yml") if "gh api" in line) \
        if steps("github.yml") else (None,)
    if not script:
        return
    for ids, wanted in (("", "--method POST N/3/comments"),
                        ("17\\n18\\n", "--method PATCH N/comments/17")):
        with folder() as place:
            fake = os.path.join(place, "gh")
            with open(fake, "w", encoding="utf-8") as out:
                out.write("#!/bin/sh\ncase \"$*\" in *paginate*) "
                          f"printf '{ids}';; *) echo \"$*\";; esac\n")
            os.chmod(fake, 0o755)
            with open(os.path.join(place, "comparison.markdown"), "w",
                      encoding="utf-8") as out:
                out.write("table\n")
            done = subprocess.run(
                ["bash", "-e", "-c", script], cwd=place, check=True,
                stdout=subprocess.PIPE, encoding="utf-8",
                env={**os.environ, "REPO": "N", "NUMBER": "3",
                     "PATH": place + os.pathsep + os.environ["PATH"]})
            assert wanted in done.stdout, done
            with open(os.path.join(place, "body.markdown"),
                      encoding="utf-8") as body:
                assert body.read() == "<!-- gilbench -->\ntable\n"


def check_stale():
    """What an earlier run has left is not told as this one's."""
    with folder() as place:
        names = [f"comparison.{end}" for end in ("json", "markdown", "junit")]
        for name in names:
            with open(os.path.join(place, name), "w", encoding="utf-8") as out:
                out.write("{}")
        done = subprocess.run(
            [os.path.join(RECIPES, "compare.sh"), "no-such-commit"],
            cwd=SOURCE, capture_output=True, encoding="utf-8", check=False,
            env={**os.environ, "OUT": place})
        assert done.returncode not in (0, 1), done
        assert not set(names) & set(os.listdir(place))


class GitLab(http.server.BaseHTTPRequestHandler):
    """The part of GitLab's API that a comment needs: who the token belongs
    to, the notes of a merge request in pages, a new note, a changed one."""
    NOTES = "/api/v4/projects/7/merge_requests/3/notes"
    TOKEN = "secret"
    notes = []
    instead = None # of the notes, as a proxy on the way might

    def answer(self, value, code=200):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_request(self):
        url = urllib.parse.urlsplit(self.path)
        size = int(self.headers.get("Content-Length", 0))
        form = urllib.parse.parse_qs(self.rfile.read(size).decode())
        path, query = url.path, urllib.parse.parse_qs(url.query)
        if self.headers.get("PRIVATE-TOKEN") != self.TOKEN:
            self.answer({"message": "401 Unauthorized"}, 401)
        elif self.command == "GET" and path == "/api/v4/user":
            self.answer({"id": 5})
        elif self.command == "GET" and self.instead and "notes" in path:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.instead.encode())
        elif self.command == "GET" and path == self.NOTES:
            size, page = (int(query[k][0]) for k in ("per_page", "page"))
            self.answer(self.notes[size * (page - 1):size * page])
        elif self.command == "POST" and path == self.NOTES:
            self.notes.append({"id": 100 + len(self.notes),
                               "author": {"id": 5}, "body": form["body"][0]})
            self.answer(self.notes[-1], 201)
        elif self.command == "PUT" and path.startswith(self.NOTES + "/"):
            wanted = int(path.rsplit("/", 1)[1])
            (note,) = (n for n in self.notes if n["id"] == wanted)
            note["body"] = form["body"][0]
            self.answer(note)
        else:
            self.answer({"message": "404 Not Found"}, 404)

    do_GET = do_POST = do_PUT = handle_request

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def comment(place, url, text, **env):
    path = os.path.join(place, "comparison.markdown")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    done = subprocess.run(
        [os.path.join(RECIPES, "gitlab_comment.sh"), path], check=False,
        capture_output=True, encoding="utf-8", timeout=60,
        env={**os.environ, "CI_API_V4_URL": url, "CI_PROJECT_ID": "8",
             "CI_MERGE_REQUEST_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "3", "no_proxy": "*", **env})
    return done


def check_gitlab_comment():
    """One comment, whatever others wrote: made first, then changed."""
    if not shutil.which("curl") or not shutil.which("jq"):
        print("curl or jq is not installed")
        return
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitLab)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/api/v4"
    others = [{"id": i, "author": {"id": 1}, "body": "<!-- gilbench --> mine"}
              for i in range(99)]
    others.append({"id": 99, "author": {"id": 5}, "body": "of the same user"})
    GitLab.notes = list(others)
    token = {"GITLAB_TOKEN": GitLab.TOKEN}
    with folder() as place:
        first = "| cell | ratio |\n| a & b+c=d% | \u00d7 1.05 |\n"
        for text in (first, "second\n"):
            done = comment(place, url, text, **token)
            assert done.returncode == 0, done.stderr
            assert GitLab.notes[:100] == others and len(GitLab.notes) == 101
            assert GitLab.notes[100]["body"] == "<!-- gilbench -->\n" + text
        done = comment(place, url, "third\n", GITLAB_TOKEN="")
        assert done.returncode == 0 and "GITLAB_TOKEN" in done.stderr
        done = comment(place, url, "third\n", GITLAB_TOKEN="wrong")
        assert done.returncode == 4 and "may the token" in done.stderr, done
        assert "wrong" not in done.stderr
        for answer in ("<html>", "{}", "[{"):
            GitLab.instead = answer
            done = comment(place, url, "third\n", **token)
            assert done.returncode == 4 and done.stderr, (answer, done)
        GitLab.instead = None
        assert GitLab.notes[100]["body"].endswith("second\n")
    server.shutdown()


def plan(place, **changes):
    path = os.path.join(place, "plan.json")
    with open(path, "w", encoding="utf-8") as target:
        experiment = {**ONE_CELL["experiments"][0], **changes}
        json.dump({**ONE_CELL, "experiments": [experiment]}, target)
    return path


def check_compare():
    """Builds two trees: only where it is asked for."""
    if "--build" not in sys.argv:
        return
    if not is_git_tree():
        return
    with folder() as place:
        done = subprocess.run(
            [os.path.join(RECIPES, "compare.sh"), "HEAD", "HEAD"], cwd=SOURCE,
            capture_output=True, encoding="utf-8", timeout=600, check=False,
            env={**os.environ, "OUT": place, "PLAN": plan(place),
                 "ARGS": "--pairs 6 --once --margin 90"})
        assert done.returncode == 0, done.stderr
        assert load(os.path.join(place, "comparison.json"))
        for form in ("markdown", "junit", "text"):
            assert os.path.getsize(os.path.join(place, f"comparison.{form}"))
        assert not os.path.exists(os.path.join(place, "base"))


if __name__ == "__main__":
    program.main(globals())
