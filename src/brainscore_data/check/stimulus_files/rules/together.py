"""What the files of one stimulus set have in common."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Severity, Violation
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.stimulus_files.examples import image, sound, stimulus_set
from brainscore_data.check.stimulus_files.facts import StimulusMedia

_TWO = stimulus_set({"face_1.png": image(1), "face_2.png": image(2)})
# As many times wider or higher, or less so, than the median of the others.
_FAR = 4
_ENOUGH = 3


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

    Two files with the same bytes may be meant, as repetitions. Often they are a stimulus that was
    saved under the name of another, which is then lost.
    """

    code = "BSD313"
    name = "stimulus-twice"
    severity = Severity.WARNING
    fails = stimulus_set({"face_1.png": image(1), "face_2.png": image(1)})
    passes = _TWO

    def check(self, facts: StimulusMedia) -> Iterator[Violation]:
        for first, *others in facts.same:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            message = f"{', '.join(map(repr, others[:3]))}{more}: the same content as {first!r}"
            yield Violation(
                Place(facts.subject, item=first),
                message,
                "see that each is the stimulus it should be",
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
                Place(facts.subject, item=name), message, "see that it is the right file"
            )
