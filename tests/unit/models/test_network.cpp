// test_network.cpp - network directories: what is written is read, and what is wrong is refused.
#include <algorithm>
#include <cmath>

#include "network_files.h"

struct NetworkDirectory : NetworkFiles {
    void expect_equal_rows(const SparseRows &a, const SparseRows &b)
    {
        ASSERT_EQ(a.n_rows, b.n_rows);
        ASSERT_EQ(a.n_cols, b.n_cols);
        ASSERT_EQ(a.n_nonzeros, b.n_nonzeros);
        EXPECT_EQ(std::memcmp(a.row_start, b.row_start, (a.n_rows + 1) * sizeof(uint64_t)), 0);
        EXPECT_EQ(std::memcmp(a.col, b.col, a.n_nonzeros * sizeof(uint32_t)), 0);
        EXPECT_EQ(std::memcmp(a.weight, b.weight, a.n_nonzeros * sizeof(float)), 0);
    }

    void expect_equal(const Network *a, const Network *b)
    {
        EXPECT_EQ(a->hash, b->hash);
        EXPECT_STREQ(a->name, b->name);
        EXPECT_STREQ(a->description, b->description);
        EXPECT_EQ(a->carry, b->carry);
        EXPECT_EQ(a->reset_steps, b->reset_steps);
        ASSERT_EQ(a->n_layers, b->n_layers);
        for (uint32_t i = 0; i < a->n_layers; i++) {
            const Layer &x = a->layer[i], &y = b->layer[i];
            EXPECT_STREQ(x.name, y.name);
            EXPECT_EQ(x.cell, y.cell);
            expect_equal_rows(x.input, y.input);
            expect_equal_rows(x.recurrent, y.recurrent);
            EXPECT_EQ(std::memcmp(x.bias, y.bias, 3 * x.n_units * sizeof(float)), 0);
            EXPECT_EQ(
                std::memcmp(x.recurrent_bias, y.recurrent_bias, 3 * x.n_units * sizeof(float)), 0);
            EXPECT_EQ(std::memcmp(x.threshold, y.threshold, x.n_units * sizeof(float)), 0);
            EXPECT_EQ(x.threshold_form, y.threshold_form);
            EXPECT_EQ(x.parameter, y.parameter);
            EXPECT_EQ(x.activity, y.activity);
        }
        ASSERT_EQ(a->n_words, b->n_words);
        ASSERT_EQ(a->has_decoder, b->has_decoder);
        ASSERT_EQ(a->vocabulary == nullptr, b->vocabulary == nullptr);
        for (uint32_t i = 0; a->vocabulary != nullptr && i < a->n_words; i++)
            EXPECT_STREQ(a->vocabulary[i], b->vocabulary[i]);
        ASSERT_EQ(a->n_provenance, b->n_provenance);
        for (uint32_t i = 0; i < a->n_provenance; i++) {
            EXPECT_STREQ(a->provenance[i].name, b->provenance[i].name);
            EXPECT_STREQ(a->provenance[i].text, b->provenance[i].text);
        }
        ASSERT_EQ(a->n_accuracy, b->n_accuracy);
        for (uint32_t i = 0; i < a->n_accuracy; i++)
            EXPECT_STREQ(a->accuracy[i].text, b->accuracy[i].text);
    }

    const Network *save_and_load(const Network *network)
    {
        EXPECT_EQ(network_save(arena, network, at("net").c_str(), &err), STATUS_OK) << err.message;
        return load(at("net"));
    }
};

TEST_F(NetworkDirectory, ReadsBackEveryGeneratedNetwork)
{
    for (uint64_t seed = 1; seed <= 12; seed++) {
        const uint32_t n_words = seed % 3 == 0 ? 15 : 0;
        const Network *network =
            generate({5, static_cast<uint32_t>(seed), 5}, static_cast<double>(seed % 5) / 4,
                     n_words, seed, seed % 2 == 0 ? "egru" : "egru-paper", PICK_BERNOULLI);
        if (n_words > 0 && seed % 2 == 0)
            network = with_words(network);
        const Network *again = save_and_load(network);
        ASSERT_NE(again, nullptr);
        expect_equal(network, again);
        EXPECT_EQ(network_check(again, &err), STATUS_OK) << err.message;
        const std::string yaml_text = read(at("net/network.yaml")),
                          weights = read(at("net/weights.safetensors"));
        EXPECT_EQ(again->file_bytes,
                  yaml_text.size() + weights.size() +
                      (again->vocabulary != nullptr ? read(at("net/vocabulary.txt")).size() : 0));
        save_and_load(again);
        EXPECT_EQ(read(at("net/network.yaml")), yaml_text);
        EXPECT_EQ(read(at("net/weights.safetensors")), weights);
    }
}

TEST_F(NetworkDirectory, ReadsBackTextsAndNumbersOfAnyKind)
{
    Network *network = copy(std::vector<Network>{*generate({3, 4}, 0.5, 0)});
    Layer *layer = copy(std::vector<Layer>{network->layer[0]});
    layer->name = "a: b # c";
    layer->parameter = 0.1f;
    layer->activity = 1.0 / 3;
    network->layer = layer;
    network->name = "say \"no\" \\ 'yes' \xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa6";
    network->description =
        "tab\there, line\nthere, bell \x07, \xc2\x85 \xe2\x80\xa8 \xef\xbb\xbf - ~ null";
    network->carry = CARRY_EVENTS;
    network->reset_steps = 70;
    network->provenance = copy(std::vector<NamedText>{{"source", "C:\\x: {y}"}, {"true: 1", "~"}});
    network->n_provenance = 2;
    network->accuracy =
        copy(std::vector<NamedText>{{"test_perplexity", "101.250"}, {"seconds", "1e-05"}});
    network->n_accuracy = 2;
    network->hash = network_hash(network);
    const Network *again = save_and_load(network);
    ASSERT_NE(again, nullptr);
    expect_equal(network, again);
}

TEST_F(NetworkDirectory, KeepsAnUntiedDecoder)
{
    Network *network = copy(std::vector<Network>{*generate({4, 7, 4}, 0.5, 6)});
    std::vector<float> weights(6 * 4), bias(6);
    for (size_t i = 0; i < weights.size(); i++)
        weights[i] = static_cast<float>(i) / 7;
    bias[3] = 2.5f;
    const uint64_t tied = network->hash;
    network->decoder = copy(weights);
    network->decoder_bias = copy(bias);
    network->hash = network_hash(network);
    EXPECT_NE(network->hash, tied);
    const Network *again = save_and_load(network);
    ASSERT_NE(again, nullptr);
    EXPECT_NE(again->decoder, again->embedding);
    EXPECT_EQ(std::memcmp(again->decoder, network->decoder, weights.size() * sizeof(float)), 0);
    EXPECT_EQ(again->decoder_bias[3], 2.5f);
    EXPECT_EQ(again->hash, network->hash);
}

TEST_F(NetworkDirectory, ReadsTheSmallExample)
{
    put(yaml(), safetensors(tensors()));
    const Network *network = nullptr;
    ASSERT_EQ(try_load(&network), STATUS_OK) << err.message;
    const Layer &layer = network->layer[0];
    EXPECT_EQ(layer.input.n_nonzeros, 8u); // zeros are pruned weights
    EXPECT_EQ(layer.input.row_start[1], 6u);
    EXPECT_EQ(layer.input.col[6], 1u);
    EXPECT_EQ(layer.recurrent.weight[2], 2.0f);
    EXPECT_EQ(layer.threshold[1], 0.0f); // clamped
    EXPECT_EQ(layer.raw_threshold[1], -3.0f);
    EXPECT_EQ(layer.activity, -1.0);
    EXPECT_EQ(network->f64, nullptr);
}

TEST_F(NetworkDirectory, WidensHalfAndBrainFloatsExactly)
{
    std::vector<TensorBytes> list = tensors();
    list[4].dtype = "F16"; // 1, -2, smallest subnormal, largest, -0, 0.333251953125
    list[4].bytes = raw<uint16_t>({0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x3555});
    list[5].dtype = "BF16";
    list[5].bytes = raw<uint16_t>({0x3f80, 0xc000, 0x0001, 0x7f7f, 0x8000, 0x3eab});
    put(yaml(), safetensors(list));
    const Network *network = nullptr;
    ASSERT_EQ(try_load(&network), STATUS_OK) << err.message;
    const float *half = network->layer[0].bias, *brain = network->layer[0].recurrent_bias;
    const float halves[] = {1, -2, 0x1p-24f, 65504, -0.0f, 0.333251953125f};
    const float brains[] = {1, -2, 0x1p-133f, 0x1.fep127f, -0.0f, 0.333984375f};
    for (int i = 0; i < 6; i++) {
        EXPECT_EQ(half[i], halves[i]);
        EXPECT_EQ(brain[i], brains[i]);
    }
    EXPECT_TRUE(std::signbit(half[4]));
}

TEST_F(NetworkDirectory, KeepsDoublesBesideTheirRounding)
{
    std::vector<TensorBytes> list = tensors();
    list[4].dtype = "F64";
    list[4].bytes = raw<double>({0.1, 0.2, 0.3, 0.4, 0.5, 1e-60});
    put(yaml(), safetensors(list));
    const Network *network = nullptr;
    ASSERT_EQ(try_load(&network), STATUS_OK) << err.message;
    ASSERT_NE(network->f64, nullptr);
    EXPECT_EQ(network->layer[0].bias[0], 0.1f);
    EXPECT_EQ(network->f64->layer[0].bias[0], 0.1);
    EXPECT_EQ(network->f64->layer[0].bias[5], 1e-60);
    EXPECT_EQ(network->f64->layer[0].input_weight[7], 0.5);
    EXPECT_EQ(network->f64->layer[0].recurrent_weight[1], -0.5);
    EXPECT_EQ(network->f64->layer[0].raw_threshold[1], -3.0);
}

TEST_F(NetworkDirectory, KeepsAnUntiedDecoderInDouble)
{
    std::vector<TensorBytes> list = tensors();
    list.push_back({"embedding.weight", "F32", {2, 2}, raw<float>({1, 2, 3, 4})});
    list.push_back({"decoder.weight", "F64", {2, 2}, raw<double>({0.1, 0.2, 0.3, 0.4})});
    put(yaml() + "embedding: {words: 2}\ndecoder: {tied: false}\n", safetensors(list));
    const Network *network = nullptr;
    ASSERT_EQ(try_load(&network), STATUS_OK) << err.message;
    EXPECT_EQ(network->f64->decoder[3], 0.4);
    EXPECT_EQ(network->f64->embedding[3], 4.0);
    EXPECT_EQ(network->f64->decoder_bias[1], 0.0);
    const Network *again = save_and_load(network);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->hash, network->hash);
    EXPECT_EQ(again->f64->decoder[3], 0.4);
    ReferenceOptions options = {};
    options.score = true;
    options.use_f64 = true;
    EXPECT_GT(run(again, token_input(again, {0, 1, 0}), options)->perplexity, 1.0);
}

TEST_F(NetworkDirectory, AcceptsWideRowPointersAndColumns)
{
    std::vector<TensorBytes> list = tensors();
    list[1].dtype = "U64";
    list[1].bytes = raw<uint64_t>({0, 2, 3});
    list[2].dtype = "U32";
    list[2].bytes = raw<uint32_t>({1, 4, 0});
    put(yaml(), safetensors(list));
    const Network *network = nullptr;
    ASSERT_EQ(try_load(&network), STATUS_OK) << err.message;
    EXPECT_EQ(network->layer[0].recurrent.col[1], 4u);
}

TEST_F(NetworkDirectory, LetsThePaperCellDoWithOneBias)
{
    std::vector<TensorBytes> list = tensors();
    list.erase(list.begin() + 5);
    put(replaced(yaml(), "cell: egru", "cell: egru-paper"), safetensors(list));
    const Network *network = nullptr;
    ASSERT_EQ(try_load(&network), STATUS_OK) << err.message;
    EXPECT_EQ(network->layer[0].recurrent_bias[5], 0.0f);
    refused(yaml(), safetensors(list), "tensor 'layers.0.recurrent_bias': is missing");
}

TEST_F(NetworkDirectory, RefusesBadNetworkFilesByLine)
{
    const std::string good = safetensors(tensors());
    const auto bad = [&](const std::string &from, const std::string &to,
                         const std::string &fragment) {
        refused(replaced(yaml(), from, to), good, fragment);
        EXPECT_NE(std::string(err.message).find("network.yaml:"), std::string::npos) << err.message;
    };
    bad("egret-network", "other-network", "format");
    bad("version: 1", "version: 2", "version");
    bad("name: tiny\n", "", "name");
    bad("name: tiny", "name: ''", "nothing stands here");
    bad("name: tiny", "naem: tiny", "naem");
    bad("inputs: 2", "inputs: 0", ":4:");
    bad("inputs: 2", "inputs: 2.5", "inputs");
    bad("inputs: 2", "inputs: 99999999999", "inputs");
    bad("carry: full", "carry: half", "carry");
    bad("carry: full", "carry: events", "reset_steps");
    bad("carry: full", "carry: full\n  reset_steps: 70", "expected it with 'carry: events' only");
    bad("carry: full", "carry: events\n  reset_steps: 0", "reset_steps");
    bad("cell: egru", "cell: lstm", "lstm");
    bad("units: 2", "units: -2", "units");
    bad("units: 2", "units: 0", "units");
    bad("threshold: value", "threshold: mean", "threshold");
    bad("threshold: value", "threshold: value\n    zoneout: 1.5", "zoneout");
    bad("threshold: value", "threshold: value\n    zoneout: .nan", "zoneout");
    bad("threshold: value", "threshold: value\n    activity: -0.1", "activity");
    bad("threshold: value", "threshold: value\n    speed: 1", "speed");
    bad("  - name: first\n", "  - first\n  - name: first\n", "is not a map");
    bad("state:", "decoder:\n  tied: true\nstate:", "a decoder without an embedding");
    bad("state:", "embedding:\n  words: 0\nstate:", "words");
    bad("state:", "embedding:\n  words: 3\n  vocabulary: ../x\nstate:", "is not a file name");
    bad("state:", "accuracy:\n  perplexity: good\nstate:", "perplexity");
    bad("state:", "provenance: [1]\nstate:", "provenance");
    refused(replaced(yaml(), yaml().substr(yaml().find("layers:")), "layers: []\n"), good,
            "at least one layer");
    refused("- a\n- b\n", good, "is not a map");
    refused("", good, "network.yaml");
    refused(replaced(yaml(), "inputs: 2", "inputs: 3") +
                "embedding: {words: 4}\ndecoder: {tied: true}\n",
            good, "a tied decoder of a last layer with 2 units; expected 3");
}

TEST_F(NetworkDirectory, RefusesBadTensorsByName)
{
    const auto bad = [&](size_t which, const std::string &fragment, auto change) {
        std::vector<TensorBytes> list = tensors();
        change(list[which]);
        refused(yaml(), safetensors(list), fragment);
    };
    bad(0, "weights.safetensors: tensor 'layers.0.kernel': shape is [6, 2]; expected [2, 6]",
        [](TensorBytes &t) {
            t.shape = {6, 2};
        });
    bad(0, "shape is [12]; expected [2, 6]", [](TensorBytes &t) { t.shape = {12}; });
    bad(0, "tensor 'layers.0.kernel': has the wrong dtype",
        [](TensorBytes &t) { t.dtype = "U32"; });
    bad(0, "dtype 'I8' is not supported", [](TensorBytes &t) { t.dtype = "I8"; });
    bad(0, "item 3 is NaN", [](TensorBytes &t) {
        t.bytes = raw<float>({0, 0, 0, NAN, 0, 0, 0, 0, 0, 0, 0, 0});
    });
    bad(4, "tensor 'layers.0.bias': item 1 is infinite", [](TensorBytes &t) {
        t.bytes = raw<float>({0, INFINITY, 0, 0, 0, 0});
    });
    bad(4, "item 0 is beyond fp32", [](TensorBytes &t) {
        t.dtype = "F64";
        t.bytes = raw<double>({1e39, 0, 0, 0, 0, 0});
    });
    bad(4, "is infinite", [](TensorBytes &t) {
        t.dtype = "F16";
        t.bytes = raw<uint16_t>({0x7c00, 0, 0, 0, 0, 0});
    });
    bad(1, "tensor 'layers.0.recurrent_kernel.row_start': item 2 is 1", [](TensorBytes &t) {
        t.bytes = raw<uint32_t>({0, 2, 1});
    });
    bad(1, "item 0 is 1", [](TensorBytes &t) { t.bytes = raw<uint32_t>({1, 2, 3}); });
    bad(1, "tensor 'layers.0.recurrent_kernel.col': shape is [3]; expected [4000000000]",
        [](TensorBytes &t) {
            t.bytes = raw<uint32_t>({0, 2, 4000000000u});
        });
    bad(1, "has the wrong dtype; expected U16, U32 or U64",
        [](TensorBytes &t) { t.dtype = "F32"; });
    bad(2,
        "tensor 'layers.0.recurrent_kernel.col': item 1 (row 0) is 1; expected ascending columns "
        "below 6",
        [](TensorBytes &t) {
            t.bytes = raw<uint16_t>({1, 1, 0});
        });
    bad(2, "item 1 (row 0) is 6", [](TensorBytes &t) { t.bytes = raw<uint16_t>({1, 6, 0}); });
    bad(2, "tensor 'layers.0.recurrent_kernel.col': is missing",
        [](TensorBytes &t) { t.name = "other"; });
    bad(3, "item 2 is 0; expected stored weights only", [](TensorBytes &t) {
        t.bytes = raw<float>({1, 1, 0});
    });
    bad(1, "tensor 'layers.0.recurrent_kernel.row_start': is missing",
        [](TensorBytes &t) { t.name = "other"; });
    bad(6, "tensor 'layers.0.threshold': is missing",
        [](TensorBytes &t) { t.name = "layers.1.threshold"; });
    std::vector<TensorBytes> more = tensors();
    more.push_back({"layers.0.extra", "F32", {1}, raw<float>({1})});
    refused(yaml(), safetensors(more), "tensor 'layers.0.extra': is not known");
    more.back().name = "layers.0.bias";
    refused(yaml(), safetensors(more), "duplicate object key");
    more.back() = {"embedding.weight", "F32", {1, 2}, raw<float>({1, 1})};
    refused(yaml(), safetensors(more), "tensor 'embedding.weight': is not known");
}

TEST_F(NetworkDirectory, RefusesLyingHeaders)
{
    const std::string good = safetensors(tensors());
    const auto bad = [&](const std::string &weights, const std::string &fragment) {
        refused(yaml(), weights, fragment);
    };
    bad("", "has 0 bytes; expected at least the 8");
    bad(good.substr(0, 7), "has 7 bytes");
    bad(raw<uint64_t>({UINT64_MAX}) + "{}", "the header claims 18446744073709551615 bytes");
    bad(raw<uint64_t>({3}) + "{}", "the header claims 3 bytes; expected at most 2");
    bad(with_header("{", ""), "header:");
    bad(with_header("[]", ""), "header: is not an object");
    bad(with_header("{\"a\":1}", ""), "tensor 'a': is not an object");
    bad(with_header("{\"a\":{}}", ""), "tensor 'a': dtype is missing");
    bad(with_header("{\"a\":{\"dtype\":\"F32\"}}", ""), "tensor 'a': shape is not a list");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5]}}", ""),
        "shape[0] is not a whole number");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1]}}", ""),
        "shape[0] is not a whole number");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296]}}", ""),
        "shape overflows");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1]}}", ""),
        "shape is not a list of at most 8");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", ""), "data_offsets are not two");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "1234"),
        "begin at 4 after their end 0");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "123"),
        "is the file truncated?");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", "1234"),
        "does not match the shape");
    bad(with_header(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}",
            "1234"),
        "does not match the shape");
    bad(with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}",
                    "1234"),
        "unknown keys");
    const TensorBytes a = {"a", "F32", {1}, ""}, b = {"b", "F32", {1}, ""};
    bad(with_header("{" + entry(a, 0, 4) + "," + entry(b, 0, 4) + "}", "1234"),
        "inside another tensor");
    bad(with_header("{" + entry(a, 0, 4) + "," + entry(b, 8, 12) + "}", "123456789012"),
        "after a gap");
    bad(with_header("{" + entry(a, 4, 8) + "}", "12345678"), "after a gap");
    bad(with_header("{" + entry(a, 0, 4) + "}", "12345678"), "expected no bytes after them");
    bad(good + "x", "expected no bytes after them");
    bad(good.substr(0, good.size() - 1), "is the file truncated?");
    bad(with_header(std::string(5000, '['), ""), "header:");
    bad(with_header("{\"a\\u0000b\":{}}", ""), "header:");
    bad(with_header("{\"\xff\":{}}", ""), "header:");
}

struct Vocabulary : NetworkDirectory {
    void put_words(const std::string &vocabulary)
    {
        std::vector<TensorBytes> list = tensors();
        list.push_back({"embedding.weight", "F32", {3, 2}, raw<float>({1, 2, 3, 4, 5, 6})});
        list.push_back({"decoder.bias", "F32", {3}, raw<float>({1, 2, 3})});
        put(yaml() + "embedding: {words: 3, vocabulary: words.txt}\ndecoder: {tied: true}\n",
            safetensors(list));
        write(at("net/words.txt"), vocabulary);
    }

    void refused_words(const std::string &vocabulary, const std::string &fragment)
    {
        put_words(vocabulary);
        const Network *network = nullptr;
        EXPECT_EQ(try_load(&network), STATUS_INPUT) << fragment;
        EXPECT_NE(std::string(err.message).find("words.txt" + fragment), std::string::npos)
            << err.message;
    }
};

TEST_F(Vocabulary, TakesOneWordALineWithOrWithoutTheLastNewline)
{
    for (const char *words : {"a\nb\nc\n", "a\nb\nc", "a\r\nb\r\nc\r\n"}) {
        put_words(words);
        const Network *network = nullptr;
        ASSERT_EQ(try_load(&network), STATUS_OK) << err.message;
        EXPECT_STREQ(network->vocabulary[2], "c");
        EXPECT_EQ(network->decoder, network->embedding);
        EXPECT_EQ(network->decoder_bias[2], 3.0f);
    }
}

TEST_F(Vocabulary, RefusesWrongWordsByLine)
{
    refused_words("a\nb\n", ": 2 lines; expected 3");
    refused_words("a\nb\nc\nd\n", ": 4 lines; expected 3");
    refused_words("", ": 0 lines; expected 3");
    refused_words("a\n\nc\n", ":2: an empty line");
    refused_words("a\nb c\nd\n", ":2:2: a blank");
    refused_words("a\nb\na\n", ":3: the word 'a' stands in line 1 too");
    refused_words(std::string("a\nb\0\nc\n", 7), ": holds a zero byte");
    put_words("a\nb\nc\n");
    std::remove(at("net/words.txt").c_str());
    const Network *network = nullptr;
    EXPECT_EQ(try_load(&network), STATUS_IO);
    EXPECT_NE(std::string(err.message).find("words.txt"), std::string::npos);
}

TEST_F(NetworkDirectory, SaysWhichFileIsMissing)
{
    const Network *network = nullptr;
    EXPECT_EQ(network_load(arena, at("none").c_str(), &network, &err), STATUS_IO);
    EXPECT_NE(std::string(err.message).find("expected a network directory"), std::string::npos)
        << err.message;
    put(yaml(), "");
    std::remove(at("net/weights.safetensors").c_str());
    EXPECT_EQ(try_load(&network), STATUS_IO);
    EXPECT_NE(std::string(err.message).find("weights.safetensors"), std::string::npos)
        << err.message;
    std::remove(at("net/network.yaml").c_str());
    EXPECT_EQ(try_load(&network), STATUS_IO);
    EXPECT_NE(std::string(err.message).find("network.yaml"), std::string::npos) << err.message;
}

TEST_F(NetworkDirectory, LeavesNothingHalfWhereItCannotSave)
{
    const Network *network = generate({3, 4}, 0.5);
    EXPECT_EQ(network_save(arena, network, at("no/such").c_str(), &err), STATUS_IO);
    write(at("file"), "x");
    EXPECT_EQ(network_save(arena, network, at("file").c_str(), &err), STATUS_IO);
    // network.yaml cannot be written: the weights, written before, must not stay
    file_make_folder(at("net").c_str(), nullptr, &err);
    file_make_folder(at("net/network.yaml").c_str(), nullptr, &err);
    EXPECT_EQ(network_save(arena, network, at("net").c_str(), &err), STATUS_IO);
    EXPECT_EQ(names_in_folder(at("net")), std::vector<std::string>{"network.yaml"});
    EXPECT_NE(std::string(err.message).find("network.yaml"), std::string::npos) << err.message;
}

TEST_F(NetworkDirectory, HashesParametersAndRulesButNoNames)
{
    const Network *network = generate({4, 5}, 0.5);
    Network *other = copy(std::vector<Network>{*network});
    other->name = "another";
    other->description = "text";
    EXPECT_EQ(network_hash(other), network->hash);
    Layer *layer = copy(std::vector<Layer>{network->layer[0]});
    other->layer = layer;
    std::vector<float> bias(layer->bias, layer->bias + 15);
    bias[7] += 1;
    layer->bias = copy(bias);
    EXPECT_NE(network_hash(other), network->hash);
    const Network *reset = network_with_carry(arena, network, CARRY_EVENTS, 5);
    EXPECT_EQ(network_check(reset, &err), STATUS_OK) << err.message;
    EXPECT_NE(reset->hash, network->hash);
    EXPECT_EQ(network_with_carry(arena, reset, CARRY_FULL, 9)->hash, network->hash);
}

TEST_F(NetworkDirectory, ChecksEveryInvariant)
{
    const Network *good = generate({4, 5, 4}, 0.5, 6);
    const auto broken = [&](const std::string &fragment, auto change) {
        Network *network = copy(std::vector<Network>{*good});
        Layer *layers = copy(std::vector<Layer>(good->layer, good->layer + 2));
        network->layer = layers;
        change(network, layers);
        err = {};
        EXPECT_EQ(network_check(network, &err), STATUS_INPUT) << fragment;
        EXPECT_NE(std::string(err.message).find(fragment), std::string::npos) << err.message;
    };
    std::vector<float> none(64, 0.0f), infinite(64, INFINITY);
    std::vector<uint32_t> large(200, 1000);
    std::vector<uint64_t> wild(10, UINT64_MAX);
    wild[0] = 0;
    broken("name", [&](Network *n, Layer *) { n->name = ""; });
    broken("description: is not valid UTF-8",
           [&](Network *n, Layer *) { n->description = "\xc0\xaf"; });
    broken("inputs", [&](Network *n, Layer *) { n->n_inputs = 0; });
    broken("layers", [&](Network *n, Layer *) { n->n_layers = 0; });
    broken("layer 1: inputs", [&](Network *, Layer *l) { l[1].n_inputs = 4; });
    broken("layer 0: units", [&](Network *, Layer *l) { l[0].n_units = 0; });
    broken("layer 0: cell", [&](Network *, Layer *l) { l[0].cell = nullptr; });
    broken("layer 1: kernel: columns", [&](Network *, Layer *l) { l[1].input.col = copy(large); });
    broken("layer 1: kernel: row_start",
           [&](Network *, Layer *l) { l[1].input.row_start = copy(wild); });
    broken("layer 1: recurrent kernel: another shape",
           [&](Network *, Layer *l) { l[1].recurrent.n_cols++; });
    broken("layer 1: recurrent kernel: a weight is zero",
           [&](Network *, Layer *l) { l[1].recurrent.weight = copy(none); });
    broken("layer 0: bias", [&](Network *, Layer *l) { l[0].bias = copy(infinite); });
    broken("layer 0: threshold: is not finite",
           [&](Network *, Layer *l) { l[0].raw_threshold = copy(infinite); });
    broken("layer 0: threshold: does not follow",
           [&](Network *, Layer *l) { l[0].raw_threshold = copy(none); });
    broken("layer 0: zoneout", [&](Network *, Layer *l) { l[0].parameter = 2; });
    broken("layer 0: activity", [&](Network *, Layer *l) { l[0].activity = 2; });
    broken("embedding", [&](Network *n, Layer *) { n->embedding = nullptr; });
    broken("decoder", [&](Network *n, Layer *) { n->decoder = copy(infinite); });
    broken("words", [&](Network *n, Layer *) { n->n_words = 0; });
    broken("reset_steps", [&](Network *n, Layer *) { n->reset_steps = 3; });
    broken("reset_steps", [&](Network *n, Layer *) { n->carry = CARRY_EVENTS; });
    broken("hash", [&](Network *n, Layer *) { n->hash++; });
    broken("vocabulary:2: an empty line", [&](Network *n, Layer *) {
        n->vocabulary = copy(std::vector<const char *>{"a", "", "c", "d", "e", "f"});
    });
    broken("provenance: is empty", [&](Network *n, Layer *) {
        n->n_provenance = 1;
        n->provenance = copy(std::vector<NamedText>{{"x", ""}});
    });
    broken("accuracy: is not a number", [&](Network *n, Layer *) {
        n->n_accuracy = 1;
        n->accuracy = copy(std::vector<NamedText>{{"x", "1 2"}});
    });
}
