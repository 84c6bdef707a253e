import kotlin.math.max
import kotlin.math.min

/**
 * Restores pictures with a network that takes windows of one size, such as model_float16.tflite.
 *
 * [channels], [scale], [halo] and [multiple] stand on the card, and [side] under its files. Samples are
 * floats in 0..1, row by row, the channels of a pixel side by side. [run] restores a window of
 * side x side pixels.
 */
class Restorer(
    private val channels: Int,
    private val scale: Int,
    private val halo: Int,
    private val multiple: Int,
    private val side: Int,
    private val run: (FloatArray) -> FloatArray,
) {
    /** Gives the restored picture, scale * height rows of scale * width pixels. */
    fun restore(picture: FloatArray, height: Int, width: Int): FloatArray {
        require(picture.size == height * width * channels) { "picture: $height x $width pixels of $channels" }
        val result = FloatArray(picture.size * scale * scale)
        val window = FloatArray(side * side * channels)
        for (rows in windows(height)) for (columns in windows(width)) {
            for (y in 0 until side) {
                val from = ((rows.start + y) * width + columns.start) * channels
                picture.copyInto(window, y * side * channels, from, from + side * channels)
            }
            val restored = run(window)
            for (y in rows.first * scale until rows.end * scale) {
                val from = ((y - rows.start * scale) * side + columns.first - columns.start) * scale * channels
                val count = (columns.end - columns.first) * scale * channels
                restored.copyInto(result, (y * width + columns.first) * scale * channels, from, from + count)
            }
        }
        return result
    }

    /** A window begins at [start]; of what it gives, [first] until [end] is the picture's. */
    private class Window(val start: Int, val first: Int, val end: Int)

    /** Windows along an axis. The first and last end where the picture ends: there the network pads. */
    private fun windows(length: Int): List<Window> {
        require(length >= side && (length - side) % multiple == 0) {
            "The picture must have $side pixels or, in steps of $multiple, more. Received: $length"
        }
        val found = mutableListOf<Window>()
        var done = 0
        while (done < length) {
            val start = min(max(0, (done - halo) / multiple * multiple), length - side)
            val end = if (start + side == length) length else start + side - halo
            found += Window(start, done, end)
            done = end
        }
        return found
    }
}
