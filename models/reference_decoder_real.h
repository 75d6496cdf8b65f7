/* reference_decoder_real.h - the decoder and its perplexity in one precision; see reference.c.
 *
 * Steps are scored in batches: for a block of words, all steps of the batch add their active columns
 * while the block is in the cache. The order of the sum of one logit stays bias, then active units
 * ascending. The decoder is kept transposed, [width, n_words], so that an active unit is one
 * contiguous axpy over words.
 */

typedef struct REAL_NAME(Scorer) {
    const Job *job;
    uint32_t n_words, width;
    REAL *column;    /* [width, n_words]                        */
    REAL *bias;      /* [n_words]                               */
    REAL *logit;     /* [BATCH_STEPS, n_words]                  */
    uint32_t first_step, n_batch;
    uint32_t *n;     /* [BATCH_STEPS] active units of the step  */
    uint32_t *unit;  /* [BATCH_STEPS, width]                    */
    REAL *value;     /* [BATCH_STEPS, width]                    */
} REAL_NAME(Scorer);

static REAL_NAME(Scorer) REAL_NAME(make_scorer)(Arena *arena, const Job *job)
{
    const Network *network = job->input->network;
    const size_t n_words = network->n_words, width = network->layer[network->n_layers - 1].n_units;
    const double *wide = network->f64 == NULL ? NULL : network->f64->decoder;
    const double *wide_bias = network->f64 == NULL ? NULL : network->f64->decoder_bias;
    REAL_NAME(Scorer) scorer = {
        .job = job,
        .n_words = network->n_words,
        .width = (uint32_t)width,
        .column = ARENA_ARRAY(arena, REAL, width * n_words),
        .bias = ARENA_ARRAY(arena, REAL, n_words),
        .logit = ARENA_ARRAY(arena, REAL, BATCH_STEPS * n_words),
        .n = ARENA_ARRAY(arena, uint32_t, BATCH_STEPS),
        .unit = ARENA_ARRAY(arena, uint32_t, BATCH_STEPS * width),
        .value = ARENA_ARRAY(arena, REAL, BATCH_STEPS * width),
    };
    for (size_t word = 0; word < n_words; word++) {
        scorer.bias[word] = REAL_NAME(pick)(network->decoder_bias[word], wide_bias, word);
        for (size_t u = 0; u < width; u++)
            scorer.column[u * n_words + word] =
                REAL_NAME(pick)(network->decoder[word * width + u], wide, word * width + u);
    }
    return scorer;
}

/* The logits of the words begin .. begin + n - 1 for one step of the batch. */
static void REAL_NAME(decode_block)(const REAL_NAME(Scorer) *scorer, uint32_t in_batch, size_t begin, size_t n)
{
    const size_t n_words = scorer->n_words, first = (size_t)in_batch * scorer->width;
    REAL *restrict logit = scorer->logit + in_batch * n_words + begin;
    memcpy(logit, scorer->bias + begin, n * sizeof *logit);
    for (uint32_t i = 0; i < scorer->n[in_batch]; i++) {
        const REAL *restrict column = scorer->column + scorer->unit[first + i] * n_words + begin;
        const REAL value = scorer->value[first + i];
        for (size_t word = 0; word < n; word++) {
            const REAL product = column[word] * value;
            logit[word] += product;
        }
    }
}

/* -log softmax(logit)[target]. */
static double REAL_NAME(negative_log)(const REAL *logit, uint32_t n_words, uint32_t target)
{
    double largest = (double)logit[0], sum = 0;
    for (uint32_t word = 1; word < n_words; word++)
        largest = (double)logit[word] > largest ? (double)logit[word] : largest;
    for (uint32_t word = 0; word < n_words; word++)
        sum += real_exp((double)logit[word] - largest);
    return real_log(sum) - ((double)logit[target] - largest);
}

static void REAL_NAME(score_batch)(REAL_NAME(Scorer) *scorer)
{
    const Job *job = scorer->job;
    const size_t n_words = scorer->n_words;
    for (size_t begin = 0; begin < n_words; begin += BLOCK_WORDS) {
        const size_t n = n_words - begin < BLOCK_WORDS ? n_words - begin : BLOCK_WORDS;
        for (uint32_t b = 0; b < scorer->n_batch; b++)
            REAL_NAME(decode_block)(scorer, b, begin, n);
    }
    for (uint32_t b = 0; b < scorer->n_batch; b++) {
        const uint32_t step = scorer->first_step + b;
        const REAL *logit = scorer->logit + b * n_words;
        job->step_nll[step] = REAL_NAME(negative_log)(logit, scorer->n_words, job->input->token[step + 1]);
        REAL_NAME(watch_logits)(job->options, step, logit);
    }
    scorer->n_batch = 0;
}

/* Take the events of one step; score when the batch is full or the run at its end. */
static void REAL_NAME(score)(REAL_NAME(Scorer) *scorer, uint32_t step, const uint32_t *unit,
                             const REAL *value, uint32_t n)
{
    const uint32_t b = scorer->n_batch++;
    if (b == 0)
        scorer->first_step = step;
    scorer->n[b] = n;
    memcpy(scorer->unit + (size_t)b * scorer->width, unit, n * sizeof *unit);
    memcpy(scorer->value + (size_t)b * scorer->width, value, n * sizeof *value);
    if (scorer->n_batch == BATCH_STEPS || step + 1 == scorer->job->input->n_steps)
        REAL_NAME(score_batch)(scorer);
}
