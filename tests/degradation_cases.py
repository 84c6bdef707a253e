"""The conformance harness' table of degradations: one row for every public one."""

import dataclasses

from keras_restore import degradations

KERNEL = [[0.0, 0.1, 0.2], [0.1, 0.2, 0.1], [0.2, 0.1, 0.0]]
SHIFT = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
POINT = [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]


@dataclasses.dataclass(frozen=True)
class DegradationCase:
    """`make()` builds the degradation; `identity()` one of zero strength, where there is one.

    `random` is False where nothing is drawn.
    """

    make: callable
    identity: callable = None
    channels: tuple = (1, 3)
    random: bool = True

    @property
    def name(self):
        return type(self.make()).__name__


DEGRADATIONS = [
    DegradationCase(
        lambda: degradations.GaussianNoise(sigma=(5, 55)), lambda: degradations.GaussianNoise(0)
    ),
    DegradationCase(
        lambda: degradations.PoissonNoise(peak=(20, 200)), lambda: degradations.PoissonNoise(1e14)
    ),
    DegradationCase(
        lambda: degradations.SaltAndPepper((0.1, 0.3)), lambda: degradations.SaltAndPepper(0)
    ),
    DegradationCase(lambda: degradations.Speckle((20, 50)), lambda: degradations.Speckle(0)),
    DegradationCase(lambda: degradations.Blur([KERNEL, SHIFT]), lambda: degradations.Blur(POINT)),
    DegradationCase(
        lambda: degradations.GaussianBlur((0.5, 2.0)), lambda: degradations.GaussianBlur(0)
    ),
    DegradationCase(
        lambda: degradations.DiskBlur((1, 3), "circular"), lambda: degradations.DiskBlur(0)
    ),
    DegradationCase(
        lambda: degradations.MotionBlur((5, 9), (0, 180), "zero"),
        lambda: degradations.MotionBlur(1, 30),
    ),
    DegradationCase(
        lambda: degradations.BicubicDownsample(3, round_to_8_bits=True),
        lambda: degradations.BicubicDownsample(1),
        random=False,
    ),
    DegradationCase(
        lambda: degradations.BicubicDownUp((2, 4)), lambda: degradations.BicubicDownUp(1)
    ),
    DegradationCase(lambda: degradations.Jpeg((5, 60))),
    DegradationCase(lambda: degradations.Jpeg((5, 60), "4:4:4"), channels=(3,)),
    DegradationCase(
        lambda: degradations.Rain(length=(5, 9)), lambda: degradations.Rain(density=0, length=5)
    ),
    DegradationCase(
        lambda: degradations.Rain(0.01, 9, 1, 80, 0.5, 1, "screen"),
        lambda: degradations.Rain(length=5, intensity=0, blending="screen"),
    ),
    DegradationCase(
        lambda: degradations.Scratches((1, 3), segments=2), lambda: degradations.Scratches(count=0)
    ),
    DegradationCase(
        lambda: degradations.Text((8, 9), (1, 3), (3, 5)), lambda: degradations.Text(10, count=0)
    ),
    DegradationCase(
        lambda: degradations.CorrelatedNoise((5, 55), (0.0, 0.8), (0.0, 1.0)),
        lambda: degradations.CorrelatedNoise(0),
    ),
    DegradationCase(
        lambda: degradations.CameraNoise((1e-3, 1e-2), "malvar"),
        lambda: degradations.CameraNoise(1e-18),
        channels=(3,),
    ),
    DegradationCase(lambda: degradations.Demosaic("bilinear"), channels=(3,), random=False),
    DegradationCase(lambda: degradations.Demosaic("malvar"), channels=(3,), random=False),
    DegradationCase(
        lambda: degradations.Pan(5, (0, 3), (0, 0.5)), lambda: degradations.Pan(frames=1)
    ),
    DegradationCase(lambda: degradations.Resize((0.3, 1.5)), lambda: degradations.Resize(1)),
    DegradationCase(
        lambda: degradations.Shuffle([degradations.GaussianNoise((5, 9)), degradations.Jpeg(30)]),
        lambda: degradations.Shuffle([degradations.GaussianNoise(0), degradations.Speckle(0)]),
    ),
    DegradationCase(
        lambda: degradations.Sequence(
            [degradations.GaussianBlur(1.0), degradations.GaussianNoise(9), degradations.Jpeg(40)]
        )
    ),
    DegradationCase(
        lambda: degradations.OneOf(
            [degradations.GaussianNoise((0, 55)), degradations.Jpeg((5, 99))], weights=[2, 1]
        ),
        lambda: degradations.OneOf([degradations.GaussianNoise(0)]),
    ),
]
