// Small loops of the codec that need the processor's vectors.
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
// Bit i: word i of the 16 is `wanted`. One comparison of four words each; Swift compiles its own vectors to loops over their lanes.
static inline uint32_t exuvia_find_among_16(const uint32_t *words, uint32_t wanted) {
#if defined(__SSE2__)
  const __m128i *w = (const __m128i *)words;
  __m128i x = _mm_set1_epi32((int)wanted);
  __m128i a = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_loadu_si128(w), x), _mm_cmpeq_epi32(_mm_loadu_si128(w + 1), x));
  __m128i b = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_loadu_si128(w + 2), x), _mm_cmpeq_epi32(_mm_loadu_si128(w + 3), x));
  return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(a, b));
#else
  uint32_t hits = 0;
  for (int i = 0; i < 16; i++) hits |= (uint32_t)(words[i] == wanted) << i;
  return hits;
#endif
}
