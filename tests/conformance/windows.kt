import java.io.DataInputStream
import java.io.DataOutputStream

/**
 * Restores a picture by Restorer with a network whose result is known: the mean of 5 x 5 pixels with zeros
 * around, plus 1/8 for each row and column from the last multiple, enlarged by repetition.
 *
 * Arguments: channels, scale, halo, multiple, side, height, width; samples from stdin to stdout.
 */
fun main(words: Array<String>) {
    val (channels, scale, halo, multiple, side) = words.map { it.toInt() }
    val (height, width) = words.drop(5).map { it.toInt() }
    fun network(window: FloatArray) = FloatArray(window.size * scale * scale) {
        val c = it % channels
        val x = it / channels / scale % side
        val y = it / channels / scale / scale / side
        var sum = 0f
        for (v in y - 2..y + 2) for (u in x - 2..x + 2) {
            if (v in 0 until side && u in 0 until side) sum += window[(v * side + u) * channels + c]
        }
        sum / 25 + (y % multiple + x % multiple) / 8f
    }
    val input = DataInputStream(System.`in`.buffered())
    val picture = FloatArray(height * width * channels) { input.readFloat() }
    val restorer = Restorer(channels, scale, halo, multiple, side, ::network)
    val output = DataOutputStream(System.out.buffered())
    restorer.restore(picture, height, width).forEach { output.writeFloat(it) }
    output.flush()
}
