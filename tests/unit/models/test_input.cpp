// test_input.cpp - text, token ids and vectors, right and wrong.
#include <cmath>

#include "network_files.h"

struct Input : NetworkFiles {
    const Network *words()
    {
        return with_words(generate({4, 4}, 1, 8));
    } // <eos> <unk> w2 .. w7
    const Network *ids_only()
    {
        return generate({4, 4}, 1, 8);
    }
    const Network *vectors()
    {
        return generate({3, 4}, 1);
    }

    const InputStream *open(const Network *network, const std::string &name,
                            const std::string &bytes, uint32_t max_steps = 0)
    {
        write(at(name), bytes);
        const InputStream *input = nullptr;
        EXPECT_EQ(input_load(arena, network, at(name).c_str(), max_steps, &input, &err), STATUS_OK)
            << err.message;
        return input;
    }

    std::vector<uint32_t> tokens(const InputStream *input) const
    {
        return std::vector<uint32_t>(input->token, input->token + input->n_tokens);
    }

    void refused(const Network *network, const std::string &name, const std::string &bytes,
                 const std::string &fragment, Status expected = STATUS_INPUT)
    {
        write(at(name), bytes);
        const InputStream *input = nullptr;
        err = {};
        EXPECT_EQ(input_load(arena, network, at(name).c_str(), 0, &input, &err), expected)
            << fragment;
        EXPECT_EQ(input, nullptr);
        EXPECT_NE(std::string(err.message).find(name), std::string::npos) << err.message;
        EXPECT_NE(std::string(err.message).find(fragment), std::string::npos)
            << "expected: " << fragment << "\nfound: " << err.message;
        EXPECT_EQ(std::strchr(err.message, '\n'), nullptr);
    }

    static std::string npy(const std::string &header, const std::string &data, int major = 1)
    {
        const std::vector<uint16_t> short_length = {static_cast<uint16_t>(header.size())};
        const std::vector<uint32_t> long_length = {static_cast<uint32_t>(header.size())};
        return std::string("\x93NUMPY") + static_cast<char>(major) + '\0' +
               (major == 1 ? raw(short_length) : raw(long_length)) + header + data;
    }

    static std::string dictionary(const std::string &type, const std::string &shape,
                                  const char *order = "False")
    {
        return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape +
               ", }   \n";
    }
};

TEST_F(Input, TurnsWordsIntoTheirLinesAndEndsEachLine)
{
    const InputStream *input = open(words(), "a.txt", " w2  w3\tw4\r\n\nw5 nothere <unk>\n");
    EXPECT_EQ(tokens(input), (std::vector<uint32_t>{2, 3, 4, 0, 0, 5, 1, 1, 0}));
    EXPECT_EQ(input->n_steps, 8u);
    EXPECT_EQ(input->n_unknown, 1u);
}

TEST_F(Input, EndsALastLineThatLacksItsNewline)
{
    EXPECT_EQ(tokens(open(words(), "a.txt", "w2 w3")), (std::vector<uint32_t>{2, 3, 0}));
    EXPECT_EQ(tokens(open(words(), "a.txt", "w2 w3 ")), (std::vector<uint32_t>{2, 3, 0}));
    EXPECT_EQ(tokens(open(words(), "a.txt", "w2\n\v\f")), (std::vector<uint32_t>{2, 0, 0}));
    EXPECT_EQ(tokens(open(words(), "a.txt", "\n\n")), (std::vector<uint32_t>{0, 0}));
}

TEST_F(Input, DoesNotTakeTheBeginningOfAWordForIt)
{
    const InputStream *input = open(words(), "a.txt", "w w2 w22 w7x\n");
    EXPECT_EQ(tokens(input), (std::vector<uint32_t>{1, 2, 1, 1, 0}));
    EXPECT_EQ(input->n_unknown, 3u);
}

TEST_F(Input, StopsAtTheStepsAskedFor)
{
    const InputStream *input = open(words(), "a.txt", "w2 w3\nw4 oops\n", 2);
    EXPECT_EQ(tokens(input), (std::vector<uint32_t>{2, 3, 0}));
    EXPECT_EQ(input->n_steps, 2u);
    EXPECT_EQ(input->n_unknown, 0u);
    EXPECT_EQ(open(words(), "a.txt", "w2 w3\n", 100)->n_steps, 2u);
    EXPECT_EQ(open(ids_only(), "a.ids", "1 2 3 4", 2)->n_steps, 2u);
}

TEST_F(Input, ReadsTokenIds)
{
    EXPECT_EQ(tokens(open(ids_only(), "a.ids", "0 7\n\n 003\t1\r\n")),
              (std::vector<uint32_t>{0, 7, 3, 1}));
    EXPECT_EQ(tokens(open(words(), "a.ids", "5 6")), (std::vector<uint32_t>{5, 6}));
}

TEST_F(Input, TakesATokenEachStepWhereNothingIsPredicted)
{
    Network *network = copy(std::vector<Network>{*ids_only()});
    network->has_decoder = false;
    network->decoder = network->decoder_bias = nullptr;
    EXPECT_EQ(open(network, "a.ids", "5")->n_steps, 1u);
    EXPECT_EQ(open(network, "a.ids", "5 6 7")->n_steps, 3u);
}

TEST_F(Input, HandsOutTheRowOfTheEmbeddingThatIsNotZero)
{
    Network *network = copy(std::vector<Network>{*ids_only()});
    std::vector<float> embedding(8 * 4, 0.0f);
    embedding[3 * 4 + 1] = 2;
    embedding[3 * 4 + 3] = -1;
    embedding[3 * 4 + 2] = -0.0f;
    network->embedding = copy(embedding);
    const InputStream *input = open(network, "a.ids", "3 0 1");
    uint32_t unit[4];
    float value[4];
    ASSERT_EQ(input_events(input, 0, unit, value), 2u);
    EXPECT_EQ(unit[0], 1u);
    EXPECT_EQ(unit[1], 3u);
    EXPECT_EQ(value[1], -1.0f);
    EXPECT_EQ(input_events(input, 1, unit, nullptr), 0u);
}

TEST_F(Input, ReadsVectorsOfBothPrecisionsAndAllVersions)
{
    const std::vector<float> narrow = {1, 0, -2, 0.5f, 0, 0};
    const std::vector<double> wide = {0.1, 0, -2, 0.5, 0, 0};
    for (int version : {1, 2, 3}) {
        const InputStream *input =
            open(vectors(), "a.npy", npy(dictionary("<f4", "(2, 3)"), raw(narrow), version));
        EXPECT_EQ(input->n_steps, 2u);
        EXPECT_EQ(input->n_tokens, 0u);
        EXPECT_EQ(std::vector<float>(input->vector, input->vector + 6), narrow);
        EXPECT_EQ(input->vector_f64, nullptr);
        input = open(vectors(), "a.npy", npy(dictionary("<f8", "(2, 3)"), raw(wide), version));
        EXPECT_EQ(input->vector[0], 0.1f);
        EXPECT_EQ(input->vector_f64[0], 0.1);
        uint32_t unit[3];
        EXPECT_EQ(input_events(input, 0, unit, nullptr), 2u);
        EXPECT_EQ(unit[1], 2u);
    }
    EXPECT_EQ(open(vectors(), "a.npy", npy(dictionary("<f4", "(2, 3)"), raw(narrow)), 1)->n_steps,
              1u);
    EXPECT_EQ(open(vectors(), "renamed",
                   npy("{'shape':(2,3,),'descr':'<f4','fortran_order':False}", raw(narrow)))
                  ->n_steps,
              2u);
}

TEST_F(Input, HashesContentAndNotNames)
{
    const Network *network = words();
    const uint64_t hash = open(network, "a.txt", "w2 w3\n")->hash;
    EXPECT_EQ(open(network, "b.txt", " w2\tw3")->hash, hash);
    EXPECT_EQ(open(network, "b.ids", "2 3 0")->hash, hash);
    EXPECT_NE(open(network, "b.txt", "w3 w2")->hash, hash);
    const uint64_t vector =
        open(vectors(), "a.npy", npy(dictionary("<f4", "(1, 3)"), raw<float>({1, 2, 3})))->hash;
    EXPECT_NE(
        open(vectors(), "a.npy", npy(dictionary("<f4", "(1, 3)"), raw<float>({1, 2, 4})))->hash,
        vector);
}

TEST_F(Input, RefusesBadText)
{
    refused(words(), "a.txt", "", "has 0 tokens; expected at least 2");
    refused(words(), "a.txt", "\n", "has 1 tokens; expected at least 2");
    refused(ids_only(), "a.txt", "w2 w3\n",
            "the network has no vocabulary to read text with; expected token ids");
    refused(vectors(), "a.txt", "w2 w3\n", "is no .npy file; expected vectors of 3 inputs");
    refused(words(), "a.txt", std::string("w2\nw3 a\0b\n", 10), ":2:4: a zero byte");
    refused(words(), "sub/a.txt", "", "cannot open", STATUS_IO);
    Network *network = copy(std::vector<Network>{*words()});
    network->vocabulary =
        copy(std::vector<const char *>{"<eos>", "a", "b", "c", "d", "e", "f", "g"});
    refused(network, "a.txt", "a b\nc  zebra\n", ":2:4: the word 'zebra' is not in the vocabulary");
    refused(network, "a.txt", std::string(5000, 'x') + "\n", ":1:1: the word 'xxxx");
    network->vocabulary =
        copy(std::vector<const char *>{"<unk>", "a", "b", "c", "d", "e", "f", "g"});
    refused(network, "a.txt", "a b\n", "lacks '<eos>'");
}

TEST_F(Input, RefusesBadTokenIds)
{
    refused(words(), "a.ids", "", "has 0 tokens");
    refused(words(), "a.ids", "3\n", "has 1 tokens");
    refused(words(), "a.ids", "1 2\n 8\n",
            ":2:2: the token id is beyond the vocabulary; expected 0 to 7");
    refused(words(), "a.ids", "1 99999999999999999999999\n", ":1:3: the token id is beyond");
    refused(words(), "a.ids", "1 -2\n", ":1:3: not a digit");
    refused(words(), "a.ids", "1 2a\n", ":1:4: not a digit");
    refused(words(), "a.ids", "1,2\n", ":1:2: not a digit");
    refused(words(), "a.ids", std::string("1 2\0", 4), ":1:4: not a digit");
    refused(vectors(), "a.ids", "1 2\n", "expected vectors of 3 inputs");
}

TEST_F(Input, RefusesBadVectors)
{
    const std::string data = raw<float>({1, 2, 3, 4, 5, 6});
    const auto bad = [&](const std::string &bytes, const std::string &fragment) {
        refused(vectors(), "a.npy", bytes, fragment);
    };
    bad("", "does not begin like a .npy file");
    bad("\x93NUMPY", "does not begin like a .npy file");
    bad("PK\x03\x04 zipped", "does not begin like a .npy file");
    bad(npy(dictionary("<f4", "(2, 3)"), data, 4), "an unknown .npy version");
    bad(npy(dictionary("<f4", "(2, 3)"), data).substr(0, 9), "the file is cut off in the header");
    bad(npy(dictionary("<f4", "(2, 3)"), data).substr(0, 30), "the header is longer than the file");
    bad(npy(dictionary("<f4", "(2, 3)"), data.substr(1)), "23 bytes of data; expected 24");
    bad(npy(dictionary("<f4", "(2, 3)"), data + "x"), "25 bytes of data; expected 24");
    bad(npy(dictionary("<f8", "(2, 3)"), data), "24 bytes of data; expected 48");
    bad(npy(dictionary(">f4", "(2, 3)"), data), "not little-endian floats");
    bad(npy(dictionary("<i4", "(2, 3)"), data), "not little-endian floats");
    bad(npy(dictionary("<f2", "(4, 3)"), data), "not little-endian floats");
    bad(npy(dictionary("<f4", "(2, 3)", "True"), data), "Fortran order");
    bad(npy(dictionary("<f4", "(6,)"), data), "an array of 1 dimensions; expected 2");
    bad(npy(dictionary("<f4", "(1, 2, 3)"), data), "an array of 3 dimensions");
    bad(npy(dictionary("<f4", "()"), data), "an array of 0 dimensions");
    bad(npy(dictionary("<f4", "(3, 2)"), data), "2 values a step; expected 3");
    bad(npy(dictionary("<f4", "(0, 3)"), ""), "0 steps; expected 1 to");
    bad(npy(dictionary("<f4", "(4294967295, 3)"), data), "4294967295 steps");
    bad(npy(dictionary("<f4", "(99999999999999999999999, 3)"), data),
        "the header is not one of a .npy file");
    bad(npy(dictionary("<f4", "(-2, 3)"), data), "the header is not one of a .npy file");
    bad(npy("{'descr': '<f4', 'shape': (2, 3)}", data), "the header is not one of a .npy file");
    bad(npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", data),
        "the header is not one");
    bad(npy(dictionary("<f4", "(2, 3)") + "x", data), "the header is not one of a .npy file");
    bad(npy("['descr']", data), "the header is not one of a .npy file");
    bad(npy(dictionary("<f4", "(2, 3)"), raw<float>({1, 2, 3, 4, NAN, 6})),
        "step 1, input 1 is NaN");
    bad(npy(dictionary("<f4", "(2, 3)"), raw<float>({1, 2, -INFINITY, 4, 5, 6})),
        "step 0, input 2 is infinite");
    bad(npy(dictionary("<f8", "(1, 3)"), raw<double>({1, 2, 1e300})),
        "step 0, input 2 is beyond fp32");
    refused(words(), "a.npy", npy(dictionary("<f4", "(2, 4)"), data),
            "holds vectors; expected text or token ids");
}
