# SPDX-License-Identifier: MIT
"""Documents whose every free text is an attack, for the tests beside this."""
import copy
import itertools

TOUCHED = "/tmp/gilbench-hostile"
ATTACKS = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><svg onload=alert(1)><a href=\"javascript:alert(1)\">",
    "' onmouseover='document.title=1' x='",
    "</style></script></svg></desc></title><h1>owned",
    "&lt;b&gt; &amp;amp; &#60;script&#62;",
    f"`touch {TOUCHED}`$(touch {TOUCHED});system(\"touch {TOUCHED}\")",
    f"\"; system('touch {TOUCHED}'); set output '{TOUCHED}' #",
    "@GPVAL %s %n %99$n {/Bold x}^2_1 \\n \\033[31m",
    "a\nb\r\nc\td\u2028e\u2029f\u0085g",
    "\x1b[31mred\x1b]0;owned\x07 \x9b31m \x7f \x08\x08\x08",
    "\u202eevil\u202c \u2066x\u2069 \u200f\u200e",
    "| a | b |\n| --- | --- |\n![x](http://example.invalid/x.png)",
    "[x](javascript:alert(1)) <http://example.invalid> @somebody #1",
    "http://example.invalid/ \"//example.invalid\"",
    "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "-2+3",
    "ü😀\u0301\u0301\u0301 \ufeff\ufffe",
    "x" * 1000000,
    "<" * 100000,
    "",
    " ",
)
# Where a document may say what it likes, by the schema.
CONTEXT = ("host", "kernel", "cpu_model", "microcode", "libc", "hypervisor",
           "governor", "frequency_driver", "isolated_pus", "nohz_full",
           "clock_source")
BUILD = ("version", "commit", "compiler", "flags", "build_type", "sanitizer")


def infect(document, first=0):
    """A copy with attacks in all its free texts, from the given one on."""
    document = copy.deepcopy(document)
    attacks = itertools.cycle(ATTACKS[first:] + ATTACKS[:first])

    def attack():
        return next(attacks)

    def word():
        return next(attack for attack in attacks if attack)
    for key in CONTEXT:
        document["context"][key] = attack() or None
    for key in BUILD:
        document["gilbench"][key] = word()
    document["plan"]["name"] = attack()
    document["warnings"] = [
        {"code": f"code_{i}", "message": word(), "advice": word()}
        for i in range(len(ATTACKS))]
    for i, cell in enumerate(document["cells"]):
        cell["step"] = word()[:1000]
        if i % 5 == 4:
            cell.update(status="failed", reason=word()[:1000], repetitions=[],
                        summary={})
    return document
