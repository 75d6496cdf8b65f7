// test_network_fuzz.cpp - damaged network directories and inputs: refused or read, never a crash.
//
// Fixed seed. Meant for the build with sanitizers, where reading past an end is a failure.
#include "base/rng.h"
#include "network_files.h"

struct NetworkFuzz : NetworkFiles {
    // One or two changes: a byte, a cut, a piece doubled or replaced by one that means something.
    std::string damage(std::string bytes, const std::vector<std::string> &pieces)
    {
        const uint64_t n_changes = 1 + rng_below(&rng, 2);
        for (uint64_t i = 0; i < n_changes && !bytes.empty(); i++) {
            const size_t place = rng_below(&rng, bytes.size());
            const size_t length = std::min<size_t>(1 + rng_below(&rng, 12), bytes.size() - place);
            switch (rng_below(&rng, 5)) {
            case 0:
                bytes[place] = static_cast<char>(rng_below(&rng, 256));
                break;
            case 1:
                bytes.erase(place, length);
                break;
            case 2:
                bytes.insert(place, bytes.substr(place, length));
                break;
            case 3:
                bytes.resize(place);
                break;
            default:
                bytes.replace(place, length, pieces[rng_below(&rng, pieces.size())]);
            }
        }
        return bytes;
    }

    void load_damaged(const std::string &yaml_text, const std::string &weights)
    {
        put(yaml_text, weights);
        const Network *network = nullptr;
        const Status status = try_load(&network);
        EXPECT_TRUE(status == STATUS_OK || status == STATUS_INPUT) << status << " " << err.message;
        if (status == STATUS_OK) {
            EXPECT_EQ(network_check(network, &err), STATUS_OK) << err.message;
            n_read++;
        } else {
            EXPECT_NE(err.message[0], '\0');
            n_refused++;
        }
        arena_reset(arena);
    }

    Rng rng = rng_make(2024, 1);
    uint32_t n_read = 0, n_refused = 0;
};

TEST_F(NetworkFuzz, SurvivesDamagedWeights)
{
    const std::string good = safetensors(tensors());
    const std::vector<std::string> pieces = {"0",     "-1",      "18446744073709551615",
                                             "1e999", "[",       "]",
                                             "{",     "}",       "\"F64\"",
                                             "\"",    ",",       "4294967295",
                                             "null",  "\"U16\"", std::string(8, '\xff')};
    for (int i = 0; i < 1200; i++)
        load_damaged(yaml(), damage(good, pieces));
    EXPECT_GT(n_refused, 500u);
}

TEST_F(NetworkFuzz, SurvivesDamagedHeadersOfRightLength)
{
    const std::string good = safetensors(tensors());
    const uint64_t n_header =
        static_cast<uint8_t>(good[0]) | static_cast<uint64_t>(static_cast<uint8_t>(good[1])) << 8;
    const std::vector<std::string> pieces = {"0",  "1",     "2",   "3",   "6",   "12",
                                             "24", "[2,6]", "[3]", "F16", "F64", "U64"};
    for (int i = 0; i < 800; i++)
        load_damaged(yaml(), with_header(damage(good.substr(8, n_header), pieces),
                                         good.substr(8 + n_header)));
    EXPECT_GT(n_refused, 500u);
}

TEST_F(NetworkFuzz, SurvivesDamagedYaml)
{
    const std::string good = safetensors(tensors());
    const std::vector<std::string> pieces = {"&a ",
                                             "*a",
                                             "!!int ",
                                             "- ",
                                             ": ",
                                             "\n",
                                             "  ",
                                             "{",
                                             "]",
                                             "'",
                                             "\"",
                                             "0",
                                             "16777216",
                                             "99999999999999999999",
                                             "embedding: {words: 16777216}\n",
                                             "---\n"};
    for (int i = 0; i < 1000; i++)
        load_damaged(damage(yaml(), pieces), good);
    EXPECT_GT(n_refused, 500u);
    EXPECT_GT(n_read, 10u);
}

TEST_F(NetworkFuzz, SurvivesDamagedVectors)
{
    const Network *network = generate({3, 4}, 1);
    const std::string good = std::string("\x93NUMPY\x01\0\x3c\0", 10) +
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n" +
                             std::string(24, '\0');
    const std::vector<std::string> pieces = {"'<f8'",      "(",    ")", ",", "18446744073709551616",
                                             "4294967295", "False"};
    Arena *scratch = arena_new();
    for (int i = 0; i < 800; i++) {
        write(at("a.npy"), damage(good, pieces));
        const InputStream *input = nullptr;
        err = {};
        const Status status = input_load(scratch, network, at("a.npy").c_str(), 0, &input, &err);
        EXPECT_TRUE(status == STATUS_OK || status == STATUS_INPUT) << err.message;
        n_refused += status == STATUS_INPUT;
        arena_reset(scratch);
    }
    arena_free(scratch);
    EXPECT_GT(n_refused, 300u);
}
