#include "io/pickle_machine.h"

#include <bit>
#include <cstring>
#include <unordered_map>

#include "core/error.h"

namespace cxr {
namespace {

// A state dict costs about 20 values a tensor and 100 bytes of pickle; these bounds leave room for 100,000 tensors.
constexpr std::size_t kLongestPickle = std::size_t{1} << 26;
constexpr std::size_t kMostValues = std::size_t{1} << 21;
constexpr std::size_t kDeepestStack = std::size_t{1} << 16;
constexpr std::size_t kLongestString = std::size_t{1} << 20;
constexpr std::size_t kLongestName = 256;

// clang-format off
// The opcodes that are allowed, by their names in pickletools.
enum Opcode : std::uint8_t {
  kProto = 0x80, kStop = '.', kMark = '(', kGlobal = 'c', kReduce = 'R', kBuild = 'b', kBinPersId = 'Q', // structure
  kBinPut = 'q', kLongBinPut = 'r', kBinGet = 'h', kLongBinGet = 'j',                                    // memo
  kNone = 'N', kNewTrue = 0x88, kNewFalse = 0x89, kBinInt = 'J', kBinInt1 = 'K', kBinInt2 = 'M', kLong1 = 0x8a,
  kBinFloat = 'G', kBinUnicode = 'X',                                                                    // scalars
  kEmptyTuple = ')', kTuple = 't', kTuple1 = 0x85, kTuple2 = 0x86, kTuple3 = 0x87, kEmptyList = ']', kAppend = 'a', kAppends = 'e',
  kEmptyDict = '}', kSetItem = 's', kSetItems = 'u'                                                      // containers
};
// clang-format on

struct NamedGlobal {
  std::string_view name;
  PickleGlobal global;
};

using GlobalKind = PickleGlobal::Kind;

// The only names that a pickle may refer to.
constexpr std::array<NamedGlobal, 13> kGlobals{{{"collections.OrderedDict", {GlobalKind::kOrderedDict, {}}},
                                                {"torch._utils._rebuild_tensor_v2", {GlobalKind::kRebuildTensor, {}}},
                                                {"torch._utils._rebuild_parameter", {GlobalKind::kRebuildParameter, {}}},
                                                {"torch.DoubleStorage", {GlobalKind::kStorage, at::kDouble}},
                                                {"torch.FloatStorage", {GlobalKind::kStorage, at::kFloat}},
                                                {"torch.HalfStorage", {GlobalKind::kStorage, at::kHalf}},
                                                {"torch.BFloat16Storage", {GlobalKind::kStorage, at::kBFloat16}},
                                                {"torch.LongStorage", {GlobalKind::kStorage, at::kLong}},
                                                {"torch.IntStorage", {GlobalKind::kStorage, at::kInt}},
                                                {"torch.ShortStorage", {GlobalKind::kStorage, at::kShort}},
                                                {"torch.CharStorage", {GlobalKind::kStorage, at::kChar}},
                                                {"torch.ByteStorage", {GlobalKind::kStorage, at::kByte}},
                                                {"torch.BoolStorage", {GlobalKind::kStorage, at::kBool}}}};

class Machine {
 public:
  Machine(std::string_view pickle, const std::string& file) : pickle_(pickle), file_(file) {}

  PickleTree run() {
    if (pickle_.size() > kLongestPickle) refuse(fmt::format("at most {} bytes", kLongestPickle), fmt::format("{}", pickle_.size()));
    while (true) {
      opcode_at_ = at_;
      const auto opcode = number<std::uint8_t>();
      if (opcode == kStop) break;
      step(opcode);
    }
    tree_.root = pop();
    if (!stack_.empty()) refuse("one value at the end", "more");
    return std::move(tree_);
  }

 private:
  // clang-format off
  void step(std::uint8_t opcode) {
    switch (opcode) {
      case kProto: return check_protocol(number<std::uint8_t>());
      case kMark: return mark();
      case kGlobal: return global();
      case kReduce: return reduce();
      case kBuild: return build();
      case kBinPersId: return persistent_id();
      case kBinPut: return put(number<std::uint8_t>());
      case kLongBinPut: return put(number<std::uint32_t>());
      case kBinGet: return get(number<std::uint8_t>());
      case kLongBinGet: return get(number<std::uint32_t>());
      case kNone: return push(std::monostate{});
      case kNewTrue: return push(true);
      case kNewFalse: return push(false);
      case kBinInt: return push(std::int64_t{number<std::int32_t>()});
      case kBinInt1: return push(std::int64_t{number<std::uint8_t>()});
      case kBinInt2: return push(std::int64_t{number<std::uint16_t>()});
      case kLong1: return push(long_integer(number<std::uint8_t>()));
      case kBinFloat: return push(std::bit_cast<double>(__builtin_bswap64(number<std::uint64_t>()))); // big-endian
      case kBinUnicode: return push(std::string(bytes(number<std::uint32_t>(), kLongestString)));
      case kEmptyTuple: return push(PickleSequence{});
      case kTuple: return push(PickleSequence{pop_to_mark()});
      case kTuple1: return push(PickleSequence{pop_many(1)});
      case kTuple2: return push(PickleSequence{pop_many(2)});
      case kTuple3: return push(PickleSequence{pop_many(3)});
      case kEmptyList: return push(PickleSequence{});
      case kAppend: return append(pop_many(1));
      case kAppends: return append(pop_to_mark());
      case kEmptyDict: return push(PickleDict{});
      case kSetItem: return set_items(pop_many(2));
      case kSetItems: return set_items(pop_to_mark());
      default: refuse("an opcode that state dicts need", fmt::format("opcode 0x{:02x}", opcode));
    }
  }
  // clang-format on

  [[noreturn]] void refuse(const std::string& expected, const std::string& found) const {
    throw InputError(file_, fmt::format("pickle, byte {}", opcode_at_), expected, found);
  }

  // What the opcode reads from the pickle.

  std::string_view bytes(std::size_t length, std::size_t longest) {
    if (length > longest) refuse(fmt::format("at most {} bytes", longest), fmt::format("{}", length));
    if (length > pickle_.size() - at_) refuse("a whole pickle", "the end of it");
    const auto found = pickle_.substr(at_, length);
    at_ += length;
    return found;
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, bytes(sizeof(T), sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view line() {
    const auto end = pickle_.substr(at_, kLongestName + 1).find('\n');
    if (end == std::string_view::npos) refuse(fmt::format("a name of at most {} bytes", kLongestName), "none");
    const auto found = bytes(end, kLongestName);
    at_ += 1;
    return found;
  }

  // LONG1: two's complement, little-endian, as many bytes as the number needs.
  std::int64_t long_integer(std::uint8_t length) {
    const auto content = bytes(length, sizeof(std::int64_t));
    if (content.empty()) return 0;
    std::int64_t value = static_cast<signed char>(content.back()) < 0 ? -1 : 0;
    std::memcpy(&value, content.data(), content.size());
    return value;
  }

  void check_protocol(std::uint8_t protocol) const {
    if (protocol != 2) refuse("pickle protocol 2 (torch.save's default)", fmt::format("protocol {}", protocol));
  }

  // The stack. Values above a mark belong to whatever takes them up to that mark.

  template <typename T>
  void push(T content) {
    if (tree_.values.size() == kMostValues) refuse(fmt::format("at most {} values", kMostValues), "more");
    tree_.values.push_back({std::move(content)});
    push_pointer(&tree_.values.back());
  }

  void push_pointer(PickleValue* value) {
    if (stack_.size() == kDeepestStack) refuse(fmt::format("a stack of at most {} values", kDeepestStack), "more");
    stack_.push_back(value);
  }

  void mark() {
    if (marks_.size() == kDeepestStack) refuse(fmt::format("at most {} marks", kDeepestStack), "more");
    marks_.push_back(stack_.size());
  }

  std::vector<PickleValue*> pop_many(std::size_t count) {
    const auto floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() - floor < count) refuse("a value on the stack", "none");
    std::vector<PickleValue*> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }

  PickleValue* pop() { return pop_many(1).front(); }

  PickleValue* top() {
    auto* value = pop();
    stack_.push_back(value);
    return value;
  }

  std::vector<PickleValue*> pop_to_mark() {
    if (marks_.empty()) refuse("a mark on the stack", "none");
    auto values = pop_many(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }

  void put(std::uint32_t index) {
    if (memo_.size() == kMostValues) refuse(fmt::format("a memo of at most {} values", kMostValues), "more");
    memo_[index] = top();
  }

  void get(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) refuse("an entry of the memo", fmt::format("{}, which was never put", index));
    push_pointer(found->second);
  }

  template <typename T>
  T& content(PickleValue* value, const char* expected) const {
    auto* found = std::get_if<T>(&value->content);
    if (!found) refuse(expected, value->kind());
    return *found;
  }

  // Containers.

  void append(const std::vector<PickleValue*>& values) {
    auto& list = content<PickleSequence>(top(), "a list").items;
    list.insert(list.end(), values.begin(), values.end());
  }

  void set_items(const std::vector<PickleValue*>& values) {
    auto& dict = content<PickleDict>(top(), "a dict").items;
    if (values.size() % 2 != 0) refuse("pairs of key and value", "an odd number of values");
    for (std::size_t i = 0; i < values.size(); i += 2) dict.emplace_back(values[i], values[i + 1]);
  }

  // Objects.

  void global() {
    const std::string module(line());
    const auto name = module + "." + std::string(line());
    const auto found = std::ranges::find(kGlobals, std::string_view(name), &NamedGlobal::name);
    if (found == kGlobals.end()) {
      refuse("a state dict of tensors (in Python: torch.save(model.state_dict(), 'weights.pt'))", "the object " + name);
    }
    push(found->global);
  }

  // A module's state dict carries its format's version as an attribute, which no tensor needs.
  void build() {
    pop();
    content<PickleDict>(top(), "an OrderedDict");
  }

  const std::vector<PickleValue*>& arguments(PickleValue* value, std::size_t count, const char* name) const {
    const auto& found = content<PickleSequence>(value, "a tuple of arguments").items;
    if (found.size() != count) refuse(fmt::format("{} arguments of {}", count, name), fmt::format("{}", found.size()));
    return found;
  }

  // ('storage', storage type, key, location, numel)
  void persistent_id() {
    const auto& id = arguments(pop(), 5, "a persistent id");
    if (content<std::string>(id[0], "a string") != "storage") refuse("a persistent id of a storage", "another");
    const auto& type = content<PickleGlobal>(id[1], "a type of storage");
    if (type.kind != GlobalKind::kStorage) refuse("a type of storage", "another name");
    push(PickleStorage{&content<std::string>(id[2], "a string"), type.dtype, content<std::int64_t>(id[4], "an integer")});
  }

  void reduce() {
    auto* given = pop();
    const auto callable = content<PickleGlobal>(pop(), "a function");
    switch (callable.kind) {
      case GlobalKind::kOrderedDict:
        arguments(given, 0, "OrderedDict");
        return push(PickleDict{});
      case GlobalKind::kRebuildTensor: {
        // storage, offset, sizes, strides, requires_grad, hooks
        const auto& parts = arguments(given, 6, "_rebuild_tensor_v2");
        return push(PickleTensor{&content<PickleStorage>(parts[0], "a storage"), content<std::int64_t>(parts[1], "an integer"),
                                 &content<PickleSequence>(parts[2], "a tuple"), &content<PickleSequence>(parts[3], "a tuple")});
      }
      case GlobalKind::kRebuildParameter: {
        // tensor, requires_grad, hooks
        auto* tensor = arguments(given, 3, "_rebuild_parameter")[0];
        content<PickleTensor>(tensor, "a tensor");
        return push_pointer(tensor);
      }
      case GlobalKind::kStorage:
        refuse("a function", "a type of storage");
    }
  }

  std::string_view pickle_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  PickleTree tree_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_; // the stack's height at each mark
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
};

} // namespace

const char* PickleValue::kind() const {
  static constexpr std::array kKinds{"None",   "a boolean", "an integer", "a float", "a string", "a tuple or list",
                                     "a dict", "a name",    "a storage",  "a tensor"};
  return kKinds[content.index()];
}

PickleTree parse_pickle(std::string_view pickle, const std::string& file) { return Machine(pickle, file).run(); }

} // namespace cxr
