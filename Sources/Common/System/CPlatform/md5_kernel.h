// Advances VECTORS × WIDTH states of MD5 by vectors of WIDTH words. Included once for each width, with
//   ADVANCE   the function's name
//   TARGET    its attributes
//   WIDTH     words in a vector: 4, 8 or 16
//   VECTORS   vectors side by side: MD5 is one long chain, and a second fills the gaps that the first leaves

#define JOIN_NAMES(a, b) a##b
#define NAME_OF(a, b) JOIN_NAMES(a, b)
#define vector NAME_OF(ADVANCE, _vector)
#define LANES (VECTORS * WIDTH)

typedef uint32_t vector __attribute__((vector_size(4 * WIDTH)));

TARGET static void ADVANCE(uint32_t *state, const uint8_t *const *data, size_t blocks) {
  vector words[4][VECTORS];
  for (int word = 0; word < 4; word++)
    for (int v = 0; v < VECTORS; v++) memcpy(&words[word][v], state + word * LANES + v * WIDTH, sizeof(vector));
  vector a[VECTORS], b[VECTORS], c[VECTORS], d[VECTORS], block[VECTORS][16];
  const uint8_t *lane[LANES];
  for (int number = 0; number < LANES; number++) lane[number] = data[number];

  for (; blocks > 0; blocks--) {
    // Lanes hold their blocks as rows; the steps take columns, one word of every lane. Four words at a time: each
    // vector gets those of every fourth lane, and then 4 × 4 words are turned within each 128 bits.
    UNROLL for (int v = 0; v < VECTORS; v++) UNROLL for (int four = 0; four < 4; four++) {
      vector row[4];
      UNROLL for (int r = 0; r < 4; r++) row[r] = ROW(lane + v * WIDTH + r, 16 * four);
      vector t0 = LOW_WORDS(row[0], row[1]), t1 = HIGH_WORDS(row[0], row[1]);
      vector t2 = LOW_WORDS(row[2], row[3]), t3 = HIGH_WORDS(row[2], row[3]);
      block[v][4 * four + 0] = LOW_PAIRS(t0, t2);
      block[v][4 * four + 1] = HIGH_PAIRS(t0, t2);
      block[v][4 * four + 2] = LOW_PAIRS(t1, t3);
      block[v][4 * four + 3] = HIGH_PAIRS(t1, t3);
    }
    UNROLL for (int number = 0; number < LANES; number++) lane[number] += 64;

    UNROLL for (int v = 0; v < VECTORS; v++) {
      a[v] = words[0][v], b[v] = words[1][v], c[v] = words[2][v], d[v] = words[3][v];
    }
#define STEP(function, p, q, r, s, word, constant, rotation)                             \
  UNROLL for (int v = 0; v < VECTORS; v++) {                                             \
    p[v] += function(q[v], r[v], s[v]) + (block[v][word] + constant);                    \
    p[v] = (p[v] << rotation | p[v] >> (32 - rotation)) + q[v];                          \
  }
    BLOCKHAUL_MD5_STEPS
#undef STEP
    UNROLL for (int v = 0; v < VECTORS; v++) {
      words[0][v] += a[v], words[1][v] += b[v], words[2][v] += c[v], words[3][v] += d[v];
    }
  }
  for (int word = 0; word < 4; word++)
    for (int v = 0; v < VECTORS; v++) memcpy(state + word * LANES + v * WIDTH, &words[word][v], sizeof(vector));
}

#undef vector
#undef LANES
#undef ROW
#undef LOW_WORDS
#undef HIGH_WORDS
#undef LOW_PAIRS
#undef HIGH_PAIRS
#undef ADVANCE
#undef TARGET
#undef WIDTH
#undef VECTORS
#undef JOIN_NAMES
#undef NAME_OF
