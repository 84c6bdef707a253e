import android.graphics.Bitmap
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel
import com.google.ai.edge.litert.LiteRtException
import java.io.File
import org.json.JSONObject

/**
 * Restores photos with a denoiser's model_float16.tflite and card.json, on the graphics card where it takes
 * the network, else on the processor. [sigma] is the noise level in grey levels of 255, for a network that is
 * told it.
 */
class PhotoRestorer(model: File, card: File, private val sigma: Float = 15f) : AutoCloseable {
    private val known = JSONObject(card.readText())
    private val channels = known.getInt("channels")
    private val network = compiled(model.path)
    private val inputs = network.createInputBuffers()
    private val outputs = network.createOutputBuffers()
    private val restorer = Restorer(
        channels,
        known.getInt("scale"),
        known.getInt("halo"),
        known.getInt("multiple"),
        known.getJSONObject("files").getJSONObject(model.name).getJSONArray("size").getInt(0),
        ::run,
    )

    init {
        require(known.getInt("scale") == 1 && !known.has("upscale")) { "This sample enlarges nothing." }
    }

    fun restore(photo: Bitmap): Bitmap {
        val (height, width) = photo.height to photo.width
        val pixels = IntArray(height * width)
        photo.getPixels(pixels, 0, width, 0, 0, width, height)
        val samples = FloatArray(3 * pixels.size) { (pixels[it / 3] shr 16 - 8 * (it % 3) and 255) / 255f }
        val restored = if (channels == 3) restorer.restore(samples, height, width) else FloatArray(samples.size)
        if (channels == 1) for (c in 0..2) {
            val plane = FloatArray(pixels.size) { samples[3 * it + c] }
            restorer.restore(plane, height, width).forEachIndexed { i, value -> restored[3 * i + c] = value }
        }
        val result = IntArray(pixels.size) { pixels[it] and (255 shl 24) }
        restored.forEachIndexed { i, value ->
            val byte = (value.coerceIn(0f, 1f) * 255f + 0.5f).toInt()
            result[i / 3] = result[i / 3] or (byte shl 16 - 8 * (i % 3))
        }
        return Bitmap.createBitmap(result, width, height, Bitmap.Config.ARGB_8888)
    }

    override fun close() {
        (inputs + outputs).forEach { it.close() }
        network.close()
    }

    private fun run(window: FloatArray): FloatArray {
        inputs[0].writeFloat(window)
        if (inputs.size > 1) inputs[1].writeFloat(floatArrayOf(sigma))
        network.run(inputs, outputs)
        return outputs[0].readFloat()
    }

    private fun compiled(path: String) = try {
        CompiledModel.create(path, CompiledModel.Options(Accelerator.GPU))
    } catch (refused: LiteRtException) {
        CompiledModel.create(path, CompiledModel.Options(Accelerator.CPU))
    }
}
