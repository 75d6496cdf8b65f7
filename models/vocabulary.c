/* vocabulary.c - reads vocabulary.txt and finds words.
 *
 * One word a line; the line's number, from 0, is the token id. A word is any run of bytes but
 * blanks; a closing carriage return is not part of it. Empty lines, blanks, double words and
 * another number of lines than the network says are refused with their line. Cost: O(bytes + words
 * * log(words)).
 */
#include "vocabulary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "network_private.h"

enum { VOCABULARY_MAX_BYTES = 1 << 30 };

static int by_word(const void *a, const void *b)
{
    return strcmp(((const VocabularyEntry *)a)->word, ((const VocabularyEntry *)b)->word);
}

VocabularyEntry *vocabulary_index(Arena *arena, const char *const *words, uint32_t n_words)
{
    VocabularyEntry *entries = ARENA_ARRAY(arena, VocabularyEntry, n_words);
    for (uint32_t i = 0; i < n_words; i++)
        entries[i] = (VocabularyEntry){.word = words[i], .id = i};
    qsort(entries, n_words, sizeof *entries, by_word);
    return entries;
}

bool vocabulary_find(const VocabularyEntry *index, uint32_t n_words, const char *word,
                     size_t length, uint32_t *id)
{
    uint32_t begin = 0, end = n_words;
    while (begin < end) {
        const uint32_t middle = begin + (end - begin) / 2;
        int order = strncmp(index[middle].word, word, length);
        if (order == 0 && index[middle].word[length] != '\0')
            order = 1; /* the word is a beginning of this one */
        if (order == 0) {
            *id = index[middle].id;
            return true;
        }
        if (order < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return false;
}

Status vocabulary_check(Arena *scratch, const char *where, const char *const *words,
                        uint32_t n_words, Err *err)
{
    for (uint32_t i = 0; i < n_words; i++) {
        if (words[i] == NULL || words[i][0] == '\0')
            return err_set(err, STATUS_INPUT, "%s:%" PRIu32 ": an empty line; expected a word",
                           where, i + 1);
        const size_t n = strlen(words[i]);
        for (size_t k = 0; k < n; k++) {
            if (is_blank(words[i][k]))
                return err_set(err, STATUS_INPUT,
                               "%s:%" PRIu32 ":%zu: a blank; expected one word a line", where,
                               i + 1, k + 1);
        }
    }
    const VocabularyEntry *index = vocabulary_index(scratch, words, n_words);
    for (uint32_t i = 1; i < n_words; i++) {
        const VocabularyEntry *one = &index[i - 1], *two = &index[i];
        if (strcmp(one->word, two->word) == 0)
            return err_set(err, STATUS_INPUT,
                           "%s:%" PRIu32 ": the word '%.80s' stands in line %" PRIu32
                           " too; expected every word once",
                           where, (one->id > two->id ? one->id : two->id) + 1, one->word,
                           (one->id > two->id ? two->id : one->id) + 1);
    }
    return STATUS_OK;
}

/* Lines of the text; a last one without its newline counts. */
static uint64_t count_lines(const char *text, size_t n)
{
    uint64_t n_lines = 0;
    for (size_t i = 0; i < n; i++)
        n_lines += text[i] == '\n';
    return n_lines + (n > 0 && text[n - 1] != '\n');
}

Status vocabulary_load(Arena *arena, const char *path, uint32_t n_words, const char *const **out,
                       uint64_t *n_bytes, Err *err)
{
    *out = NULL;
    FileBytes file;
    TRY(file_read(arena, path, VOCABULARY_MAX_BYTES, &file, err));
    *n_bytes = file.n_bytes;
    const char *text = (const char *)file.bytes;
    if (memchr(text, 0, file.n_bytes) != NULL)
        return err_set(err, STATUS_INPUT, "%s: holds a zero byte; expected text", path);
    const uint64_t n_lines = count_lines(text, file.n_bytes);
    if (n_lines != n_words)
        return err_set(err, STATUS_INPUT,
                       "%s: %" PRIu64 " lines; expected %" PRIu32 ", the words of the embedding",
                       path, n_lines, n_words);
    const char **words = ARENA_ARRAY(arena, const char *, n_words);
    size_t at = 0;
    for (uint32_t i = 0; i < n_words; i++) {
        size_t end = at + strcspn(text + at, "\n"), length = end - at;
        if (length > 0 && text[end - 1] == '\r')
            length--;
        words[i] = arena_text(arena, text + at, length);
        at = end + 1;
    }
    TRY(vocabulary_check(arena, path, words, n_words, err));
    *out = words;
    return STATUS_OK;
}
