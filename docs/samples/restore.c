/* Restores a picture with a LiteRT file of keras_restore, in tiles, by LiteRT 2's C API.
 *
 *     cc -O2 restore.c libLiteRt.so -lm -o restore
 *     ./restore MODEL.tflite card.json IN.pnm OUT.pnm [SIGMA]
 *
 * Pictures are binary PGM or PPM files of 8 or 16 bits. SIGMA is the noise level in grey levels of
 * 255, for models that take it. The library is in the wheel ai-edge-litert, and on Android in
 * com.google.ai.edge.litert:litert. */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of LiteRT 2's C API that is used here. */
typedef struct Environment *LiteRtEnvironment;
typedef struct Model *LiteRtModel;
typedef struct Options *LiteRtOptions;
typedef struct Compiled *LiteRtCompiledModel;
typedef struct Signature *LiteRtSignature;
typedef struct Requirements *LiteRtTensorBufferRequirements;
typedef struct Buffer *LiteRtTensorBuffer;
typedef struct {
  unsigned int rank : 7;
  bool has_strides : 1;
  int32_t dimensions[8];
  uint32_t strides[8];
} LiteRtLayout;
typedef struct {
  int element_type;
  LiteRtLayout layout;
} LiteRtRankedTensorType;
enum { FLOAT32 = 1, CPU = 1, READ = 0, WRITE = 1 };

int LiteRtCreateEnvironment(int, const void *, LiteRtEnvironment *);
int LiteRtCreateModelFromFile(LiteRtEnvironment, const char *, LiteRtModel *);
int LiteRtGetModelSignature(LiteRtModel, size_t, LiteRtSignature *);
int LiteRtGetNumSignatureInputs(LiteRtSignature, size_t *);
int LiteRtGetSignatureInputName(LiteRtSignature, size_t, const char **);
int LiteRtCreateOptions(LiteRtOptions *);
int LiteRtSetOptionsHardwareAccelerators(LiteRtOptions, int);
int LiteRtCreateCompiledModel(LiteRtEnvironment, LiteRtModel, LiteRtOptions, LiteRtCompiledModel *);
int LiteRtCompiledModelResizeInputTensor(LiteRtCompiledModel, size_t, size_t, const int *, size_t);
int LiteRtGetCompiledModelOutputTensorLayouts(LiteRtCompiledModel, size_t, size_t, LiteRtLayout *,
                                              bool);
int LiteRtGetCompiledModelInputBufferRequirements(LiteRtCompiledModel, size_t, size_t,
                                                  LiteRtTensorBufferRequirements *);
int LiteRtGetCompiledModelOutputBufferRequirements(LiteRtCompiledModel, size_t, size_t,
                                                   LiteRtTensorBufferRequirements *);
int LiteRtCreateManagedTensorBufferFromRequirements(LiteRtEnvironment,
                                                    const LiteRtRankedTensorType *,
                                                    LiteRtTensorBufferRequirements,
                                                    LiteRtTensorBuffer *);
int LiteRtLockTensorBuffer(LiteRtTensorBuffer, void **, int);
int LiteRtUnlockTensorBuffer(LiteRtTensorBuffer);
int LiteRtRunCompiledModel(LiteRtCompiledModel, size_t, size_t, LiteRtTensorBuffer *, size_t,
                           LiteRtTensorBuffer *);
void LiteRtDestroyTensorBuffer(LiteRtTensorBuffer);

static void fail(const char *words) {
  fprintf(stderr, "%s\n", words);
  exit(1);
}

static void check(int status, const char *words) {
  if (status != 0) fail(words);
}

/* float samples in 0..1, row by row, the channels of a pixel side by side */
typedef struct {
  int height, width, channels;
  float *values;
} Image;

static Image image(int height, int width, int channels) {
  Image made = {height, width, channels, NULL};
  made.values = calloc((size_t)height * width * channels, sizeof(float));
  if (!made.values) fail("out of memory");
  return made;
}

static float *at(Image of, int row, int column) {
  return of.values + ((size_t)row * of.width + column) * of.channels;
}

static int smaller(int a, int b) { return a < b ? a : b; }
static int larger(int a, int b) { return a > b ? a : b; }

/* --- the card: its top-level keys stand two spaces from the left --- */

static char *find(const char *card, const char *key) {
  char start[64];
  snprintf(start, sizeof start, "\n  \"%s\": ", key);
  char *place = strstr(card, start);
  return place ? place + strlen(start) : NULL;
}

static int number(const char *card, const char *key, int otherwise) {
  const char *value = find(card, key);
  return value ? atoi(value) : otherwise;
}

/* --- the network --- */

static struct {
  LiteRtEnvironment environment;
  LiteRtCompiledModel compiled;
  size_t inputs, picture; /* number of inputs, and which is the picture */
  LiteRtTensorBuffer in[2], out;
  int height, width;
  int channels, scale, halo, multiple, upscale;
  bool luma;
  float sigma;
} network;

static void open_network(const char *path, const char *card) {
  LiteRtModel model;
  LiteRtSignature signature;
  LiteRtOptions options;
  check(LiteRtCreateEnvironment(0, NULL, &network.environment), "no environment");
  check(LiteRtCreateModelFromFile(network.environment, path, &model), "not a LiteRT file");
  check(LiteRtCreateOptions(&options), "no options");
  check(LiteRtSetOptionsHardwareAccelerators(options, CPU), "no processor");
  check(LiteRtCreateCompiledModel(network.environment, model, options, &network.compiled),
        "the model does not compile");
  check(LiteRtGetModelSignature(model, 0, &signature), "no signature");
  check(LiteRtGetNumSignatureInputs(signature, &network.inputs), "no inputs");
  for (size_t i = 0; i < network.inputs; i++) {
    const char *name;
    check(LiteRtGetSignatureInputName(signature, i, &name), "no name");
    if (!strstr(name, "sigma")) network.picture = i;
  }
  if (network.inputs > 1 && network.sigma < 0) fail("SIGMA must be given: the model is told it");
  network.channels = number(card, "channels", 0);
  network.scale = number(card, "scale", 0);
  network.halo = number(card, "halo", -1);
  network.multiple = number(card, "multiple", 0);
  network.upscale = number(card, "upscale", 1);
  const char *color = find(card, "color");
  network.luma = color ? !strncmp(color, "\"luma\"", 6) : network.scale * network.upscale > 1;
  if (!network.channels || !network.scale || network.halo < 0 || !network.multiple)
    fail("the card does not say channels, scale, halo and multiple");
}

static LiteRtTensorBuffer buffer(LiteRtTensorBufferRequirements needs, LiteRtLayout layout) {
  LiteRtRankedTensorType type = {FLOAT32, layout};
  LiteRtTensorBuffer made;
  check(LiteRtCreateManagedTensorBufferFromRequirements(network.environment, &type, needs, &made),
        "no buffer");
  return made;
}

/* Makes the network take windows of this size. */
static void resize(int height, int width) {
  if (network.height == height && network.width == width) return;
  for (size_t i = 0; network.height && i < network.inputs; i++)
    LiteRtDestroyTensorBuffer(network.in[i]);
  if (network.height) LiteRtDestroyTensorBuffer(network.out);
  const int size[] = {1, height, width, network.channels};
  check(LiteRtCompiledModelResizeInputTensor(network.compiled, 0, network.picture, size, 4),
        "the model takes windows of one size only");
  LiteRtTensorBufferRequirements needs;
  for (size_t i = 0; i < network.inputs; i++) {
    LiteRtLayout layout = {.rank = 4, .dimensions = {1, 1, 1, 1}};
    if (i == network.picture) memcpy(layout.dimensions, size, sizeof size);
    check(LiteRtGetCompiledModelInputBufferRequirements(network.compiled, 0, i, &needs), "no input");
    network.in[i] = buffer(needs, layout);
  }
  LiteRtLayout layout;
  check(LiteRtGetCompiledModelOutputTensorLayouts(network.compiled, 0, 1, &layout, true), "no output");
  check(LiteRtGetCompiledModelOutputBufferRequirements(network.compiled, 0, 0, &needs), "no output");
  network.out = buffer(needs, layout);
  network.height = height;
  network.width = width;
}

static void copy(LiteRtTensorBuffer to, const float *from, size_t count) {
  void *place;
  check(LiteRtLockTensorBuffer(to, &place, WRITE), "no access to a buffer");
  memcpy(place, from, count * sizeof(float));
  check(LiteRtUnlockTensorBuffer(to), "no access to a buffer");
}

static Image run(Image window) {
  resize(window.height, window.width);
  Image result =
      image(window.height * network.scale, window.width * network.scale, window.channels);
  for (size_t i = 0; i < network.inputs; i++)
    if (i != network.picture) copy(network.in[i], &network.sigma, 1);
  copy(network.in[network.picture], window.values,
       (size_t)window.height * window.width * window.channels);
  check(LiteRtRunCompiledModel(network.compiled, 0, network.inputs, network.in, 1, &network.out),
        "the model does not run");
  void *place;
  check(LiteRtLockTensorBuffer(network.out, &place, READ), "no access to a buffer");
  memcpy(result.values, place,
         (size_t)result.height * result.width * result.channels * sizeof(float));
  check(LiteRtUnlockTensorBuffer(network.out), "no access to a buffer");
  return result;
}

/* Restores an image tile by tile: each window is a tile and the halo around it. */
static Image restore(Image source) {
  const int scale = network.scale, multiple = network.multiple;
  const int step = larger(1, 256 / multiple) * multiple;
  const int around = (network.halo + multiple - 1) / multiple * multiple;
  Image result = image(source.height * scale, source.width * scale, source.channels);
  for (int y = 0; y < source.height; y += step)
    for (int x = 0; x < source.width; x += step) {
      const int top = larger(0, y - around), left = larger(0, x - around);
      const int bottom = smaller(source.height, y + step + around);
      const int right = smaller(source.width, x + step + around);
      Image window = image(bottom - top, right - left, source.channels);
      for (int row = top; row < bottom; row++)
        memcpy(at(window, row - top, 0), at(source, row, left),
               (size_t)window.width * window.channels * sizeof(float));
      Image restored = run(window);
      const int count = (smaller(source.width, x + step) - x) * scale;
      for (int row = y * scale; row < smaller(source.height, y + step) * scale; row++)
        memcpy(at(result, row, x * scale), at(restored, row - top * scale, (x - left) * scale),
               (size_t)count * source.channels * sizeof(float));
      free(window.values);
      free(restored.values);
    }
  return result;
}

/* --- bicubic enlargement by an integer, as MATLAB's imresize --- */

static float cubic(float x) {
  x = fabsf(x);
  if (x <= 1) return (1.5f * x - 2.5f) * x * x + 1;
  return x < 2 ? ((-0.5f * x + 2.5f) * x - 4) * x + 2 : 0;
}

static int mirrored(int i, int count) {
  i = (i % (2 * count) + 2 * count) % (2 * count);
  return i < count ? i : 2 * count - 1 - i;
}

static Image enlarged(Image source, int factor) {
  Image wide = image(source.height, source.width * factor, source.channels);
  Image result = image(source.height * factor, source.width * factor, source.channels);
  for (int pass = 0; pass < 2; pass++) {
    Image from = pass ? wide : source, to = pass ? result : wide;
    for (int row = 0; row < to.height; row++)
      for (int column = 0; column < to.width; column++) {
        const float place = ((pass ? row : column) + 0.5f) / factor - 0.5f;
        const int first = (int)floorf(place) - 1;
        for (int tap = first; tap < first + 4; tap++) {
          const float *value = pass ? at(from, mirrored(tap, from.height), column)
                                    : at(from, row, mirrored(tap, from.width));
          for (int c = 0; c < to.channels; c++)
            at(to, row, column)[c] += cubic(place - tap) * value[c];
        }
      }
  }
  free(wide.values);
  return result;
}

/* --- colours: BT.601 as MATLAB's rgb2ycbcr, or a channel at a time --- */

static void to_ycbcr(float *v) {
  const float r = v[0], g = v[1], b = v[2];
  v[0] = (65.481f * r + 128.553f * g + 24.966f * b + 16) / 255;
  v[1] = (-37.797f * r - 74.203f * g + 112 * b + 128) / 255;
  v[2] = (112 * r - 93.786f * g - 18.214f * b + 128) / 255;
}

static void to_rgb(float *v) {
  const float y = 1.16438356f * (v[0] - 16 / 255.f), cb = v[1] - 128 / 255.f, cr = v[2] - 128 / 255.f;
  v[0] = y + 1.59602679f * cr;
  v[1] = y - 0.39176229f * cb - 0.81296765f * cr;
  v[2] = y + 2.01723214f * cb;
}

static Image channel(Image of, int index) {
  Image plane = image(of.height, of.width, 1);
  for (size_t i = 0; i < (size_t)of.height * of.width; i++)
    plane.values[i] = of.values[i * of.channels + index];
  return plane;
}

static Image restore_plane(Image plane) {
  return restore(network.upscale > 1 ? enlarged(plane, network.upscale) : plane);
}

static Image restore_picture(Image source) {
  if (network.channels == source.channels) return restore_plane(source);
  if (network.channels != 1) fail("the model is for colour pictures");
  Image result = {0, 0, 0, NULL};
  for (size_t i = 0; network.luma && i < (size_t)source.height * source.width; i++)
    to_ycbcr(source.values + 3 * i);
  for (int c = 0; c < 3; c++) {
    const bool is_chroma = network.luma && c > 0;
    Image plane = channel(source, c);
    Image restored =
        is_chroma ? enlarged(plane, network.scale * network.upscale) : restore_plane(plane);
    if (!result.values) result = image(restored.height, restored.width, 3);
    for (size_t i = 0; i < (size_t)result.height * result.width; i++)
      result.values[3 * i + c] = restored.values[i];
  }
  for (size_t i = 0; network.luma && i < (size_t)result.height * result.width; i++)
    to_rgb(result.values + 3 * i);
  return result;
}

/* --- files --- */

static char *text(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("no card");
  char *content = calloc(1, 1 << 20);
  fread(content, 1, (1 << 20) - 1, file);
  fclose(file);
  return content;
}

static Image read_picture(const char *path, int *peak) {
  char kind;
  int width, height;
  FILE *file = fopen(path, "rb");
  if (!file || fscanf(file, "P%c %d %d %d", &kind, &width, &height, peak) != 4 ||
      (kind != '5' && kind != '6') || width < 1 || height < 1)
    fail("not a binary PGM or PPM file");
  fgetc(file);
  Image picture = image(height, width, kind == '5' ? 1 : 3);
  for (size_t i = 0; i < (size_t)height * width * picture.channels; i++) {
    int value = fgetc(file);
    if (*peak > 255) value = value << 8 | fgetc(file);
    if (value < 0) fail("the picture is cut short");
    picture.values[i] = (float)value / *peak;
  }
  fclose(file);
  return picture;
}

static void write_picture(Image picture, const char *path, int peak) {
  FILE *file = fopen(path, "wb");
  if (!file) fail("cannot write the result");
  fprintf(file, "P%d\n%d %d\n%d\n", picture.channels == 1 ? 5 : 6, picture.width, picture.height,
          peak);
  for (size_t i = 0; i < (size_t)picture.height * picture.width * picture.channels; i++) {
    const int value = (int)lrintf(fminf(fmaxf(picture.values[i], 0), 1) * peak);
    if (peak > 255) fputc(value >> 8, file);
    fputc(value & 255, file);
  }
  if (fclose(file)) fail("cannot write the result");
}

int main(int count, char **words) {
  int peak;
  if (count != 5 && count != 6) fail("usage: restore MODEL card.json IN.pnm OUT.pnm [SIGMA]");
  network.sigma = count == 6 ? (float)atof(words[5]) : -1;
  open_network(words[1], text(words[2]));
  Image picture = read_picture(words[3], &peak);
  write_picture(restore_picture(picture), words[4], peak);
  return 0;
}
