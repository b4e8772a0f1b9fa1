/* libxml2 on the same documents. `libxml2 WORK WHO TIMES` does the work so often, `libxml2 time WORK WHO` prints the
   least nanoseconds of a round. encode dump: trees into text. decode sax: events of which nothing is kept. decode dom:
   trees. */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DOCUMENTS 6
static const char *names[DOCUMENTS] = {"identity", "network", "properties", "status", "counters", "supplies"};
static char *text[DOCUMENTS];
static int length[DOCUMENTS];
static xmlDocPtr tree[DOCUMENTS];
static unsigned long seen;

static void start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int declarations,
                  const xmlChar **declared, int attributes, int defaults, const xmlChar **values) {
    (void)context, (void)name, (void)prefix, (void)uri, (void)declarations, (void)declared, (void)defaults, (void)values;
    seen += attributes + 1;
}

static void characters(void *context, const xmlChar *octets, int count) {
    (void)context, (void)octets;
    seen += count;
}

static void sax(void) {
    xmlSAXHandler handler;
    memset(&handler, 0, sizeof handler);
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = start;
    handler.characters = characters;
    for (int i = 0; i < DOCUMENTS; i++)
        if (xmlSAXUserParseMemory(&handler, NULL, text[i], length[i]) != 0) exit(3);
}

static void dom(void) {
    for (int i = 0; i < DOCUMENTS; i++) {
        xmlDocPtr document = xmlReadMemory(text[i], length[i], NULL, NULL, XML_PARSE_NONET);
        if (document == NULL) exit(3);
        xmlFreeDoc(document);
        seen++;
    }
}

static void dump(void) {
    for (int i = 0; i < DOCUMENTS; i++) {
        xmlChar *out;
        int size;
        xmlDocDumpMemoryEnc(tree[i], &out, &size, "UTF-8");
        seen += size;
        xmlFree(out);
    }
}

static void load(void) {
    for (int i = 0; i < DOCUMENTS; i++) {
        char path[64];
        snprintf(path, sizeof path, "../../data/%s.xml", names[i]);
        FILE *file = fopen(path, "rb");
        if (file == NULL) exit(3);
        text[i] = malloc(1 << 16);
        length[i] = fread(text[i], 1, 1 << 16, file);
        fclose(file);
        tree[i] = xmlReadMemory(text[i], length[i], NULL, NULL, XML_PARSE_NONET);
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    int timed = strcmp(words[1], "time") == 0;
    const char *who = words[timed ? 3 : 2];
    void (*round)(void) = strcmp(who, "sax") == 0 ? sax : strcmp(who, "dom") == 0 ? dom : dump;
    load();
    if (timed) {
        double least = 1e18, end = now() + 5e8;
        while (now() < end) {
            double began = now();
            round();
            double took = now() - began;
            if (took < least) least = took;
        }
        printf("%.0f\n", least);
    } else {
        for (int times = atoi(words[3]); times > 0; times--) round();
    }
    return seen == 0;
}
