/* input_text.c - tokens from text or from written ids.
 *
 * Text: words separated by ASCII blanks, `<eos>` at the end of each line (also of an empty one, as
 * in the published evaluations), a word that the vocabulary lacks becomes `<unk>`. Ids: decimal
 * numbers separated by blanks. Both stop reading when max_steps are full. With a decoder the last
 * token is only predicted, so there is one token more than steps. Cost: O(bytes + words *
 * log(vocabulary)).
 */
#include <inttypes.h>
#include <string.h>

#include "input_private.h"
#include "vocabulary.h"

static const char END_OF_LINE[] = "<eos>", UNKNOWN[] = "<unk>";

typedef struct Reader {
    Arena *scratch;
    const InputStream *stream;
    const char *text;
    size_t n_bytes, at;
    uint32_t line;
    size_t line_begin;
    uint64_t n_max; /* tokens wanted */
    uint64_t n_tokens, capacity;
    uint32_t *token; /* [capacity] */
    Err *err;
} Reader;

/* INPUT error at a byte of the current line. */
static Status fail_at(const Reader *reader, size_t at, const char *what)
{
    return err_set(reader->err, STATUS_INPUT, "%s:%" PRIu32 ":%zu: %s", reader->stream->name,
                   reader->line, at - reader->line_begin + 1, what);
}

static Reader make_reader(Arena *scratch, FileBytes file, uint32_t max_steps,
                          const InputStream *stream, Err *err)
{
    const uint64_t n_ahead = stream->network->has_decoder ? 1 : 0;
    return (Reader){
        .scratch = scratch,
        .stream = stream,
        .text = (const char *)file.bytes,
        .n_bytes = file.n_bytes,
        .line = 1,
        .n_max = max_steps == 0 ? UINT32_MAX : max_steps + n_ahead,
        .err = err,
    };
}

/* Append a token; the array doubles as it fills. */
static void add_token(Reader *reader, uint32_t id)
{
    enum { CAPACITY_FIRST = 1 << 12 };
    if (reader->n_tokens == reader->capacity) {
        const uint64_t capacity = reader->capacity == 0 ? CAPACITY_FIRST : 2 * reader->capacity;
        uint32_t *token = ARENA_ARRAY(reader->scratch, uint32_t, capacity);
        if (reader->n_tokens > 0)
            memcpy(token, reader->token, reader->n_tokens * sizeof *token);
        reader->token = token;
        reader->capacity = capacity;
    }
    reader->token[reader->n_tokens++] = id;
}

static void next_line(Reader *reader)
{
    reader->at++;
    reader->line++;
    reader->line_begin = reader->at;
}

/* Past blanks within a line. */
static void skip_blanks(Reader *reader)
{
    while (reader->at < reader->n_bytes && is_blank(reader->text[reader->at]) &&
           reader->text[reader->at] != '\n')
        reader->at++;
}

static size_t word_end(const Reader *reader)
{
    size_t end = reader->at;
    while (end < reader->n_bytes && !is_blank(reader->text[end]))
        end++;
    return end;
}

/* Tokens to stream: with a decoder each step needs a next token. */
static Status finish(Arena *arena, const Reader *reader, InputStream *out)
{
    const uint32_t n_ahead = out->network->has_decoder ? 1 : 0;
    if (reader->n_tokens <= n_ahead)
        return err_set(reader->err, STATUS_INPUT,
                       "%s: has %" PRIu64 " tokens; expected at least %" PRIu32, out->name,
                       reader->n_tokens, n_ahead + 1);
    uint32_t *token = ARENA_ARRAY(arena, uint32_t, reader->n_tokens);
    memcpy(token, reader->token, reader->n_tokens * sizeof *token);
    out->token = token;
    out->n_tokens = (uint32_t)reader->n_tokens;
    out->n_steps = out->n_tokens - n_ahead;
    return STATUS_OK;
}

typedef struct Words {
    const VocabularyEntry *index;
    uint32_t n_words, end_of_line, unknown;
    bool has_unknown;
} Words;

/* The word that begins here, as a token. */
static Status add_word(Reader *reader, const Words *words, InputStream *out)
{
    enum { WORD_BYTES_SHOWN = 60 };
    const size_t end = word_end(reader), length = end - reader->at;
    const char *word = reader->text + reader->at;
    if (memchr(word, 0, length) != NULL)
        return fail_at(reader, reader->at, "a zero byte; expected text");
    uint32_t id;
    if (!vocabulary_find(words->index, words->n_words, word, length, &id)) {
        if (!words->has_unknown)
            return err_set(reader->err, STATUS_INPUT,
                           "%s:%" PRIu32 ":%zu: the word '%.*s' is not in the "
                           "vocabulary; expected only its words, as it has no '<unk>'",
                           out->name, reader->line, reader->at - reader->line_begin + 1,
                           (int)(length < WORD_BYTES_SHOWN ? length : WORD_BYTES_SHOWN), word);
        id = words->unknown;
        out->n_unknown++;
    }
    add_token(reader, id);
    reader->at = end;
    return STATUS_OK;
}

/* All lines, up to the tokens wanted. */
static Status read_words(Reader *reader, const Words *words, InputStream *out)
{
    while (reader->at < reader->n_bytes && reader->n_tokens < reader->n_max) {
        skip_blanks(reader);
        if (reader->at < reader->n_bytes && reader->text[reader->at] != '\n') {
            TRY(add_word(reader, words, out));
            continue;
        }
        add_token(
            reader,
            words->end_of_line); /* at the end of a line, or of a file that lacks the last one */
        if (reader->at < reader->n_bytes)
            next_line(reader);
    }
    const bool is_open = reader->n_bytes > 0 && reader->at == reader->n_bytes &&
                         reader->n_tokens < reader->n_max &&
                         !is_blank(reader->text[reader->n_bytes - 1]);
    if (is_open)
        add_token(reader, words->end_of_line);
    return STATUS_OK;
}

Status input_read_text(Arena *arena, FileBytes file, uint32_t max_steps, InputStream *out, Err *err)
{
    const Network *network = out->network;
    if (network->vocabulary == NULL)
        return err_set(err, STATUS_INPUT,
                       "%s: the network has no vocabulary to read text with; expected "
                       "token ids in a file NAME.ids",
                       out->name);
    Arena *scratch = arena_new();
    Words words = {.n_words = network->n_words};
    words.index = vocabulary_index(scratch, network->vocabulary, network->n_words);
    words.has_unknown =
        vocabulary_find(words.index, words.n_words, UNKNOWN, strlen(UNKNOWN), &words.unknown);
    Status status;
    if (vocabulary_find(words.index, words.n_words, END_OF_LINE, strlen(END_OF_LINE),
                        &words.end_of_line)) {
        Reader reader = make_reader(scratch, file, max_steps, out, err);
        status = read_words(&reader, &words, out);
        if (status == STATUS_OK)
            status = finish(arena, &reader, out);
    } else {
        status = err_set(err, STATUS_INPUT,
                         "%s: the network's vocabulary lacks '<eos>', which ends every "
                         "line of text; expected token ids in a file NAME.ids",
                         out->name);
    }
    arena_free(scratch);
    return status;
}

/* The number that begins here, as a token; checked digit by digit, so it cannot overflow. */
static Status add_id(Reader *reader)
{
    const size_t end = word_end(reader);
    const uint32_t n_words = reader->stream->network->n_words;
    uint64_t id = 0;
    for (size_t i = reader->at; i < end; i++) {
        const char digit = reader->text[i];
        if (digit < '0' || digit > '9')
            return fail_at(reader, i,
                           "not a digit; expected token ids in decimal, separated by blanks");
        id = id * 10 + (uint64_t)(digit - '0');
        if (id >= n_words)
            return err_set(reader->err, STATUS_INPUT,
                           "%s:%" PRIu32 ":%zu: the token id is beyond the "
                           "vocabulary; expected 0 to %" PRIu32,
                           reader->stream->name, reader->line, reader->at - reader->line_begin + 1,
                           n_words - 1);
    }
    add_token(reader, (uint32_t)id);
    reader->at = end;
    return STATUS_OK;
}

static Status read_ids(Reader *reader)
{
    while (reader->at < reader->n_bytes && reader->n_tokens < reader->n_max) {
        skip_blanks(reader);
        if (reader->at == reader->n_bytes)
            break;
        if (reader->text[reader->at] == '\n')
            next_line(reader);
        else
            TRY(add_id(reader));
    }
    return STATUS_OK;
}

Status input_read_ids(Arena *arena, FileBytes file, uint32_t max_steps, InputStream *out, Err *err)
{
    Arena *scratch = arena_new();
    Reader reader = make_reader(scratch, file, max_steps, out, err);
    Status status = read_ids(&reader);
    if (status == STATUS_OK)
        status = finish(arena, &reader, out);
    arena_free(scratch);
    return status;
}
