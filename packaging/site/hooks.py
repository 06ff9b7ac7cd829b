"""What MkDocs does not do by itself: pages and links that lie outside docs/, and Mermaid without a network.

The documentation is written for the repository: a link from docs/live.md to ../Sources/… is right there, and in the site
it must lead somewhere too. So whatever is linked to is taken into the site.
"""

import pathlib
import posixpath
import re

from mkdocs.structure.files import File

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MERMAID = REPOSITORY / ".build/site-tools/mermaid/artoo_mermaid/assets/mermaid.min.js"
# Pages of the repository's root that are pages of the site as well.
ROOT_PAGES = ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]

LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\n]*)\]\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"^ *(```|~~~)")


def site_path(path):
    """Where a file of the repository lies in the site, or nothing if it is a folder."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path in ROOT_PAGES:
        return f"project/{path}"
    if path == "README.md":
        return "index.md"
    return None if (REPOSITORY / path).is_dir() else f"repository/{path}.txt"


def lines_outside_fences(text):
    """Each line, and whether it is running text."""
    inside = False
    for line in text.split("\n"):
        if FENCE.match(line):
            inside = not inside
            yield line, False
        else:
            yield line, not inside


def linked(text, source):
    """The files of the repository that a page at `source` links to, as paths in the repository."""
    for line, is_text in lines_outside_fences(text):
        for match in LINK.finditer(line) if is_text else ():
            target = match["target"].partition("#")[0]
            if target and "://" not in target and not target.startswith("mailto:"):
                yield posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def on_files(files, config):
    for name in ROOT_PAGES:
        files.append(File.generated(config, f"project/{name}", content=(REPOSITORY / name).read_text()))
    sources = {f"docs/{file.src_uri}": file.content_string for file in files.documentation_pages()}
    for name in ROOT_PAGES:
        sources[name] = sources.pop(f"docs/project/{name}")
    taken = set()
    for source, text in sources.items():
        for path in linked(text, source):
            place = site_path(path)
            if place and place.startswith("repository/") and (REPOSITORY / path).is_file() and place not in taken:
                taken.add(place)
                files.append(File.generated(config, place, content=(REPOSITORY / path).read_bytes()))
    files.append(File.generated(config, "assets/mermaid.min.js", abs_src_path=str(MERMAID)))
    return files


def on_page_markdown(markdown, page, config, files):
    here = page.file.src_uri
    source = here.removeprefix("project/") if here.startswith("project/") else f"docs/{here}"

    def moved(match):
        target, _, anchor = match["target"].partition("#")
        if not target or "://" in target or target.startswith("mailto:"):
            return match[0]
        place = site_path(posixpath.normpath(posixpath.join(posixpath.dirname(source), target)))
        if place is None:
            return match["text"]
        anchor = f"#{anchor}" if anchor and place.endswith(".md") else ""
        return f"[{match['text']}]({posixpath.relpath(place, posixpath.dirname(here) or '.')}{anchor})"

    return "\n".join(
        LINK.sub(moved, line) if is_text else line for line, is_text in lines_outside_fences(markdown)
    )
