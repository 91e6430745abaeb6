// A fuzz target as people write them: libxml2's parser, HTML parser and serializer over any bytes.
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <cstddef>
#include <cstdint>

namespace {

void ignore(void* /*context*/, const char* /*format*/, ...) {}

void print_and_drop(xmlDocPtr document) {
  if (document == nullptr) return;
  xmlChar* text = nullptr;
  int length = 0;
  xmlDocDumpMemory(document, &text, &length);
  xmlFree(text);
  xmlFreeDoc(document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 1 << 20) return 0;
  xmlSetGenericErrorFunc(nullptr, ignore);
  const auto* text = reinterpret_cast<const char*>(data);
  const int length = static_cast<int>(size);
  print_and_drop(xmlReadMemory(text, length, "input.xml", nullptr, XML_PARSE_NONET | XML_PARSE_RECOVER));
  print_and_drop(htmlReadMemory(text, length, "input.html", nullptr, HTML_PARSE_NONET | HTML_PARSE_RECOVER));
  return 0;
}
