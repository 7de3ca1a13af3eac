"""What is in stimulus files: in each of them, and in those of a set together."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.base.place import Place
from brainscore_data.base.text import some
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Made, Rule
from brainscore_data.check.stimulus_files.examples import (
    cut_off,
    image,
    sound,
    stimulus_set,
    zipped,
)
from brainscore_data.check.stimulus_files.facts import MediaFacts, StimulusMedia
from brainscore_data.media.kinds import KINDS, kind_of_name, media_of

_ONE = stimulus_set({"face_1.png": image(1)})
_TWO = stimulus_set({"face_1.png": image(1), "face_2.png": image(2)})
_MODES = frozenset({"RGBA", "RGB", "LA", "L"})
_CALLED = {
    "P": "a palette",
    "PA": "a palette",
    "CMYK": "the colours of print (CMYK)",
    "1": "one bit for each pixel",
    "I;16": "16 bits for each pixel",
    "I": "whole numbers of 32 bits",
    "F": "real numbers of 32 bits",
}
# One animation is recorded in both containers; ffmpeg and browsers take either.
_LIKE = {"mov": "mp4"}
# As many times wider or higher, or less so, than the median of the others.
_FAR = 4
_ENOUGH = 3


class StimulusReadable(Rule[MediaFacts]):
    """A stimulus file is not a file, or cannot be read to its end.

    If a file cannot be read, it can be neither checked nor published.
    """

    code = "BSD307"
    name = "stimulus-readable"
    fails = zipped(image(1), damaged=True)
    passes = zipped(image(1))

    def check(self, facts: MediaFacts) -> Iterator[Violation]:
        if facts.error is not None:
            hint = "make it again, or check its permissions and whether something is writing to it"
            yield Violation(facts.place, f"{facts.name!r} {facts.error}", hint)


class NotEmpty(Rule[MediaFacts]):
    """A stimulus file is empty.

    An empty file is what a full disk or a broken download leaves behind.
    """

    code = "BSD308"
    name = "stimulus-empty"
    requires = frozenset({"BSD307"})
    fails = stimulus_set({"face_1.png": Made("a file without any bytes", lambda: b"")})
    passes = _ONE

    def check(self, facts: MediaFacts) -> Iterator[Violation]:
        if facts.size == 0:
            yield Violation(facts.place, f"{facts.name!r} is empty", "copy or make it again")


class ExtensionEqualsContent(Rule[MediaFacts]):
    """The extension of a stimulus file does not say what is in it.

    Models' loaders choose how to open a file by its extension. A photograph that was renamed to
    .png is opened by some of them and refused by others.
    """

    code = "BSD309"
    name = "stimulus-extension"
    requires = frozenset({"BSD307", "BSD308"})
    fails = stimulus_set({"face_1.png": image(1, form="jpeg")})
    passes = stimulus_set({"face_1.jpg": image(1, form="jpeg")})

    def check(self, facts: MediaFacts) -> Iterator[Violation]:
        if facts.content is None:
            return
        named, found = kind_of_name(facts.name), facts.content.kind
        if _LIKE.get(named or "", named) == _LIKE.get(found or "", found):
            return
        if found is None:
            message = f"{facts.name!r} is not a {named} file: its content is of no known kind"
            yield Violation(facts.place, message, "look at what it is, and make it again")
        else:
            ending = KINDS[found].extensions[0]
            message = f"the content of {facts.name!r} is {found}"
            hint = f"name it .{ending}, in the csv as well, or convert it"
            yield Violation(facts.place, message, hint)


class Decodes(Rule[MediaFacts]):
    """An image, video or sound does not decode from its first to its last byte.

    A file that was cut off often opens, shows its size, and fails only when a model asks for its
    pixels. So every image, frame and sample is decoded. An image with absurdly many pixels is not
    decoded and counts as broken. Decoders run in separate processes: if one crashes or does not
    end, this is a finding about its file.
    """

    code = "BSD310"
    name = "stimulus-decodes"
    requires = frozenset({"BSD307", "BSD308"})
    fails = stimulus_set({"face_1.png": cut_off(image(1))})
    passes = _ONE

    def check(self, facts: MediaFacts) -> Iterator[Violation]:
        if facts.content is not None and facts.content.missing is not None:
            raise ModuleNotFoundError(name=facts.content.missing)
        if facts.content is not None and facts.content.error is not None:
            message = f"{facts.name!r} does not decode: {facts.content.error}"
            yield Violation(facts.place, message, "copy, download or export it again")


class ImageMode(Rule[MediaFacts]):
    """An image is neither RGB nor greyscale of 8 bits, with or without alpha.

    Models are fed with RGB, RGBA, L or LA images. Each model's loader converts other images in its
    own way, and a palette image that is read as numbers is noise.
    """

    code = "BSD311"
    name = "stimulus-mode"
    requires = frozenset({"BSD307", "BSD308", "BSD310"})
    fails = stimulus_set({"face_1.png": image(1, mode="P")})
    passes = _ONE

    def check(self, facts: MediaFacts) -> Iterator[Violation]:
        content = facts.content
        if content is None or content.error or media_of(content.kind) != "image":
            return
        if content.mode not in _MODES:
            called = _CALLED.get(content.mode or "", f"the mode {content.mode}")
            message = f"the image {facts.name!r} has {called}"
            hint = "convert it to RGB (or RGBA, L, LA) without loss, e.g. with Pillow's convert()"
            yield Violation(facts.place, message, hint)


class OneMediaType(Rule[StimulusMedia]):
    """The stimuli of a stimulus set are not all images, all videos or all sounds.

    A benchmark shows a stimulus set to a model in one way: as images, videos or sounds.
    """

    code = "BSD312"
    name = "stimulus-media-type"
    fails = stimulus_set({"face_1.png": image(1), "face_2.wav": sound()})
    passes = _TWO

    def check(self, facts: StimulusMedia) -> Iterator[Violation]:
        if len(facts.media) > 1:
            kinds = ", ".join(
                f"{count} {media} (e.g. {name!r})" for media, (count, name) in facts.media.items()
            )
            message = f"there are stimuli of {len(facts.media)} media types: {kinds}"
            yield Violation(Place(facts.subject), message, "make a stimulus set of each")


class SameContent(Rule[StimulusMedia]):
    """Two stimuli of a stimulus set have the same content.

    Two files with the same bytes may be meant, as repetitions. Often somebody saved a stimulus
    under the name of another, which is then lost.
    """

    code = "BSD313"
    name = "stimulus-twice"
    severity = Severity.WARNING
    fails = stimulus_set({"face_1.png": image(1), "face_2.png": image(1)})
    passes = _TWO

    def check(self, facts: StimulusMedia) -> Iterator[Violation]:
        for first, *others in facts.same:
            message = f"{some(others, 3)}: the same content as {first!r}"
            yield Violation(
                Place(facts.subject, item=first),
                message,
                "make sure that each is the right stimulus",
            )


class SizeFarFromRest(Rule[StimulusMedia]):
    """An image or video is much larger or smaller than the others.

    One image that is four times as wide or high as the others, or a quarter, is usually a thumbnail
    or an original that took the place of the stimulus that was shown.
    """

    code = "BSD314"
    name = "stimulus-size"
    severity = Severity.WARNING
    fails = stimulus_set(
        {
            "face_1.png": image(1),
            "face_2.png": image(2),
            "face_3.png": image(3),
            "face_4.png": image(4, size=64),
        }
    )
    passes = stimulus_set({f"face_{number}.png": image(number) for number in range(1, 5)})

    def check(self, facts: StimulusMedia) -> Iterator[Violation]:
        if facts.missing is not None:
            raise ModuleNotFoundError(name=facts.missing)
        total = sum(count for count, _ in facts.sizes.values())
        if total <= _ENOUGH or len(facts.sizes) == 1:
            return
        from statistics import median  # most stimuli have one size, and need not wait for it

        typical = [
            median(size[side] for size, (count, _) in facts.sizes.items() for _ in range(count))
            for side in (0, 1)
        ]
        for size, (count, name) in facts.sizes.items():
            if all(
                usual / _FAR < length < usual * _FAR
                for length, usual in zip(size, typical, strict=True)
            ):
                continue
            more = f" (and {count - 1} more)" if count > 1 else ""
            message = (
                f"{name!r}{more} has {size[0]} x {size[1]} pixels, and most others about "
                f"{typical[0]:.0f} x {typical[1]:.0f}"
            )
            yield Violation(
                Place(facts.subject, item=name), message, "make sure that it is the right file"
            )
