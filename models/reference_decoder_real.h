/* reference_decoder_real.h - the decoder and its perplexity in one precision; see reference.c.
 *
 * Steps are scored in batches: for a block of words, all steps of the batch add their active
 * columns while the block is in the cache. The order of the sum of one logit stays bias, then
 * active units ascending. The decoder is kept transposed and cut into blocks, [blocks, width,
 * BLOCK_WORDS], filled up with zeros, so that an active unit is an axpy of fixed length over
 * words.
 */

#define Scorer REAL_NAME(Scorer)
#define add_four REAL_NAME(add_four)
#define add_one REAL_NAME(add_one)
#define decode_block REAL_NAME(decode_block)
#define make_scorer REAL_NAME(make_scorer)
#define negative_log REAL_NAME(negative_log)
#define score REAL_NAME(score)
#define score_batch REAL_NAME(score_batch)
#define transpose REAL_NAME(transpose)

typedef struct Scorer {
    const Job *job;
    uint32_t n_words, width;
    size_t n_padded; /* words, up to whole blocks */
    REAL *column;    /* [n_padded / BLOCK_WORDS, width, BLOCK_WORDS] */
    REAL *bias;      /* [n_padded] */
    REAL *logit;     /* [BATCH_STEPS, n_padded] */
    uint32_t first_step, n_batch;
    uint32_t *n;    /* [BATCH_STEPS] active units of the step */
    uint32_t *unit; /* [BATCH_STEPS, width] */
    REAL *value;    /* [BATCH_STEPS, width] */
} Scorer;

/* The decoder from [n_words, width] into blocks of columns. */
static void transpose(const Network *network, Scorer *scorer)
{
    const size_t width = scorer->width;
    const double *wide = network->f64 == NULL ? NULL : network->f64->decoder;
    const double *wide_bias = network->f64 == NULL ? NULL : network->f64->decoder_bias;
    for (size_t word = 0; word < scorer->n_words; word++) {
        scorer->bias[word] = REAL_NAME(pick)(network->decoder_bias[word], wide_bias, word);
        REAL *block =
            scorer->column + word / BLOCK_WORDS * width * BLOCK_WORDS + word % BLOCK_WORDS;
        for (size_t u = 0; u < width; u++)
            block[u * BLOCK_WORDS] =
                REAL_NAME(pick)(network->decoder[word * width + u], wide, word * width + u);
    }
}

/* Buffers of a batch and the transposed decoder. */
static Scorer make_scorer(Arena *arena, const Job *job)
{
    const Network *network = job->input->network;
    const size_t width = network->layer[network->n_layers - 1].n_units;
    const size_t n_padded =
        ((size_t)network->n_words + BLOCK_WORDS - 1) / BLOCK_WORDS * BLOCK_WORDS;
    Scorer scorer = {
        .job = job,
        .n_words = network->n_words,
        .width = (uint32_t)width,
        .n_padded = n_padded,
        .column = ARENA_ARRAY(arena, REAL, width * n_padded),
        .bias = ARENA_ARRAY(arena, REAL, n_padded),
        .logit = ARENA_ARRAY(arena, REAL, BATCH_STEPS * n_padded),
        .n = ARENA_ARRAY(arena, uint32_t, BATCH_STEPS),
        .unit = ARENA_ARRAY(arena, uint32_t, BATCH_STEPS * width),
        .value = ARENA_ARRAY(arena, REAL, BATCH_STEPS * width),
    };
    transpose(network, &scorer);
    return scorer;
}

/* logit += column * value for four columns, one after the other in every sum: the same bits as one
 * by one, with a quarter of the traffic. */
static void add_four(const REAL *block, const uint32_t *unit, const REAL *value,
                     REAL *restrict logit)
{
    const REAL *restrict a = block + (size_t)unit[0] * BLOCK_WORDS;
    const REAL *restrict b = block + (size_t)unit[1] * BLOCK_WORDS;
    const REAL *restrict c = block + (size_t)unit[2] * BLOCK_WORDS;
    const REAL *restrict d = block + (size_t)unit[3] * BLOCK_WORDS;
    const REAL va = value[0], vb = value[1], vc = value[2], vd = value[3];
    for (int word = 0; word < BLOCK_WORDS; word++) {
        const REAL pa = a[word] * va, pb = b[word] * vb, pc = c[word] * vc, pd = d[word] * vd;
        const REAL sum_a = logit[word] + pa;
        const REAL sum_b = sum_a + pb;
        const REAL sum_c = sum_b + pc;
        logit[word] = sum_c + pd;
    }
}

static void add_one(const REAL *restrict column, REAL value, REAL *restrict logit)
{
    for (int word = 0; word < BLOCK_WORDS; word++) {
        const REAL product = column[word] * value;
        logit[word] += product;
    }
}

/* The logits of one block of words for one step of the batch. */
static void decode_block(const Scorer *scorer, uint32_t in_batch, size_t begin)
{
    const size_t first = (size_t)in_batch * scorer->width;
    const REAL *block = scorer->column + begin * scorer->width;
    const uint32_t *unit = scorer->unit + first;
    const REAL *value = scorer->value + first;
    REAL *logit = scorer->logit + in_batch * scorer->n_padded + begin;
    memcpy(logit, scorer->bias + begin, BLOCK_WORDS * sizeof *logit);
    uint32_t i = 0;
    for (; i + 4 <= scorer->n[in_batch]; i += 4)
        add_four(block, unit + i, value + i, logit);
    for (; i < scorer->n[in_batch]; i++)
        add_one(block + (size_t)unit[i] * BLOCK_WORDS, value[i], logit);
}

/* -log softmax(logit)[target]; logit is [n_padded]. */
static double negative_log(const REAL *logit, uint32_t n_words, uint32_t target)
{
    REAL largest = logit[0];
    double sum = 0, term[SOFTMAX_BLOCK];
    for (uint32_t word = 1; word < n_words; word++)
        largest = logit[word] > largest ? logit[word] : largest;
    for (uint32_t begin = 0; begin < n_words; begin += SOFTMAX_BLOCK) {
        const uint32_t n = n_words - begin < SOFTMAX_BLOCK ? n_words - begin : SOFTMAX_BLOCK;
        for (uint32_t i = 0; i < SOFTMAX_BLOCK; i++)
            term[i] = (double)logit[begin + i] - (double)largest;
        softmax_exp_block(term);
        for (uint32_t i = 0; i < n; i++)
            sum += term[i];
    }
    return real_log(sum) - ((double)logit[target] - (double)largest);
}

/* Logits and losses of all steps of the batch. */
static void score_batch(Scorer *scorer)
{
    const Job *job = scorer->job;
    for (size_t begin = 0; begin < scorer->n_padded; begin += BLOCK_WORDS) {
        for (uint32_t b = 0; b < scorer->n_batch; b++)
            decode_block(scorer, b, begin);
    }
    for (uint32_t b = 0; b < scorer->n_batch; b++) {
        const uint32_t step = scorer->first_step + b;
        const REAL *logit = scorer->logit + b * scorer->n_padded;
        job->step_nll[step] = negative_log(logit, scorer->n_words, job->input->token[step + 1]);
        REAL_NAME(watch_logits)(job->options, step, logit);
    }
    scorer->n_batch = 0;
}

/* Take the events of one step; score when the batch is full or the run at its end. */
static void score(Scorer *scorer, uint32_t step, const uint32_t *unit, const REAL *value,
                  uint32_t n)
{
    const uint32_t b = scorer->n_batch++;
    if (b == 0)
        scorer->first_step = step;
    scorer->n[b] = n;
    memcpy(scorer->unit + (size_t)b * scorer->width, unit, n * sizeof *unit);
    memcpy(scorer->value + (size_t)b * scorer->width, value, n * sizeof *value);
    if (scorer->n_batch == BATCH_STEPS || step + 1 == scorer->job->input->n_steps)
        score_batch(scorer);
}
