"""Which files a run restores, and where the results go."""

import dataclasses
import glob
import pathlib

SUFFIXES = frozenset(
    ".bmp .gif .j2k .jfif .jp2 .jpe .jpeg .jpg .pbm .pgm "
    ".png .pnm .ppm .tga .tif .tiff .webp".split()
)


@dataclasses.dataclass(frozen=True)
class Job:
    """One picture or clip and the path of its result."""

    source: pathlib.Path
    target: pathlib.Path


def plan_jobs(inputs, output, suffix="", file_format=None):
    """Lists the pictures of a run.

    Args:
        inputs: Paths of files or folders, or glob patterns. A folder stands for all pictures
            below it, and the results keep their place in it; clips are named.
        output: Path of the result of a single file, or of the folder of all results.
        suffix: Put between the name and its extension, such as "_restored".
        file_format: Extension of the pictures, such as "png"; None for the source's own, or
            ".png" where that cannot be written. Clips keep theirs, or become ".mkv".

    Returns:
        `(jobs, is_single)`: a list of `Job` and whether it is one file that was named.

    Raises:
        ValueError: If an input does not exist, there is no picture, results would lie among
            the inputs or two of them under one name.

    Example:

    >>> jobs, is_single = plan_jobs(["photos"], "restored")
    """
    from keras_restore.pictures.picture_writer import FORMATS
    from keras_restore.pictures.video_file import CONTAINERS, is_video

    if file_format is not None and f".{file_format.lower().lstrip('.')}" not in FORMATS:
        raise ValueError(
            f"`format` must be one of {', '.join(s[1:] for s in FORMATS)}. "
            f"Received: format={file_format!r}"
        )

    def target_name(path):
        if is_video(path):
            extension = path.suffix if path.suffix.lower() in CONTAINERS else ".mkv"
            return f"{path.stem}{suffix}{extension}"
        extension = path.suffix if path.suffix.lower() in FORMATS else ".png"
        if file_format is not None:
            extension = f".{file_format.lower().lstrip('.')}"
        return f"{path.stem}{suffix}{extension}"

    folder = pathlib.Path(output)
    named = [pathlib.Path(text) for text in inputs]
    if len(named) == 1 and named[0].is_file():
        ends_as_folder = str(output).endswith(("/", "\\"))
        is_folder = folder.is_dir() or (ends_as_folder and not folder.exists())
        target = folder / target_name(named[0]) if is_folder else folder
        if target.resolve() == named[0].resolve():
            raise ValueError(f"`output` must not be the input itself: {str(target)!r}")
        return [Job(named[0], target)], True

    if folder.exists() and not folder.is_dir():
        raise ValueError(f"`output` must be a folder for several pictures. Received: {output}")
    jobs = []
    for text, path in zip(inputs, named, strict=True):
        if path.is_dir():
            if folder.resolve() == path.resolve() or path.resolve() in folder.resolve().parents:
                raise ValueError(
                    "`output` must not lie inside `input`: the next run would restore the "
                    f"results. Received: input={text}, output={output}"
                )
            found = [file for file in sorted(path.rglob("*")) if _is_picture(file, path)]
            jobs += [
                Job(file, folder / file.relative_to(path).parent / target_name(file))
                for file in found
            ]
            continue
        matches = (
            [path] if path.is_file() else sorted(map(pathlib.Path, glob.glob(text, recursive=True)))
        )
        matches = [match for match in matches if match.is_file()]
        if not matches:
            raise ValueError(f"There is no {text!r}.")
        if any(match.parent.resolve() == folder.resolve() for match in matches) and not suffix:
            raise ValueError(
                f"`output` must not be the folder of the inputs. Received: output={output}"
            )
        jobs += [Job(match, folder / target_name(match)) for match in matches]
    if not jobs:
        raise ValueError(f"There are no pictures in {', '.join(map(repr, inputs))}.")
    return jobs, False


def _is_picture(file, folder):
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix.lower() in SUFFIXES and file.is_file() and not hidden
