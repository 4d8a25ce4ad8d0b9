// A request may say anything: only what is meant to becomes code, and no file is written elsewhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBuilder, MessageReader } from "@tidemark/capnp";
import {
  CodeGeneratorRequest,
  type CodeGeneratorRequestBuilder,
  Node_Which,
  type NodeBuilder,
} from "@tidemark/capnp/schema";
import { requires } from "@tidemark/testing/requirements.js";
import ts from "typescript";
import { type GeneratedFile, generate } from "#capnpc/generator/generate.js";
import { compileSchemas } from "../oracle/oracle.js";

const skip = requires("capnp");

/** What is generated of shapes.capnp after a change to its request. */
function generateChanged(change: (request: CodeGeneratorRequestBuilder) => void): GeneratedFile[] {
  const whole = MessageReader.fromFlat(compileSchemas(["shapes.capnp"]));
  const message = new MessageBuilder();
  message.setRoot(whole.getRoot(CodeGeneratorRequest));
  change(message.getRoot(CodeGeneratorRequest));
  return generate(message.toFlat());
}

function nodeOf(request: CodeGeneratorRequestBuilder, name: string): NodeBuilder {
  for (const node of request.nodes) if (node.displayName.endsWith(`:${name}`)) return node;
  throw new Error(`no node ${name}`);
}

function refused(message: RegExp, change: (request: CodeGeneratorRequestBuilder) => void): void {
  assert.throws(() => generateChanged(change), { code: "ERR_TIDEMARK_SCHEMA_REQUEST", message });
}

for (const name of ["", "a b", "x(){}; evil", "$segment", "a\nb", "constructor;", "ü", "1x"]) {
  test(`${JSON.stringify(name)} is no name`, { skip }, () => {
    refused(/has a name that is none/, (request) => {
      nodeOf(request, "Point").struct.fields.get(0).name = name;
    });
    refused(/has a name that is none/, (request) => {
      nodeOf(request, "Color").enum.enumerants.get(1).name = name;
    });
    refused(/has a name that is none/, (request) => {
      for (const node of request.nodes) {
        if (node.which() === Node_Which.file) node.nestedNodes.get(0).name = name;
      }
    });
  });
}

for (const filename of [
  "",
  "/etc/x",
  "../x",
  "a/../../x",
  "a\\..\\x",
  "a//b",
  "C:x",
  "a\nb",
  ".",
]) {
  test(`${JSON.stringify(filename)} is no file inside the output folder`, { skip }, () => {
    refused(/file name/, (request) => {
      request.requestedFiles.get(0).filename = filename;
    });
  });
}

test("a comment of a schema stays a comment", { skip }, () => {
  const [file] = generateChanged((request) => {
    for (const info of request.sourceInfo) {
      info.docComment = "ends */ evil(); /* here\u2028evil();\n*/evil();";
      for (const member of info.members) member.docComment = "*/ evil(); //*/";
    }
  });
  const { diagnostics } = ts.transpileModule(file?.text ?? "", { reportDiagnostics: true });
  assert.deepEqual(diagnostics, []);
  const source = ts.createSourceFile("x.ts", file?.text ?? "", ts.ScriptTarget.Latest);
  assert.doesNotMatch(ts.createPrinter({ removeComments: true }).printFile(source), /evil/);
});

test("structure that makes no sense is refused", { skip }, () => {
  refused(/lies outside its struct/, (request) => {
    nodeOf(request, "Point").struct.fields.get(1).slot.offset = 2;
  });
  refused(/lies outside its struct/, (request) => {
    nodeOf(request, "Shape").struct.pointerCount = 0;
    nodeOf(request, "Shape.circle").struct.pointerCount = 0;
  });
  refused(/not there/, (request) => {
    nodeOf(request, "Shape").struct.fields.get(2).slot.type.list.elementType.struct.typeId = 5n;
  });
  refused(/value of kind/, (request) => {
    nodeOf(request, "Point").struct.fields.get(0).slot.defaultValue.text = "not a number";
  });
  refused(/two nodes have the id/, (request) => {
    nodeOf(request, "Point").id = nodeOf(request, "Shape").id;
  });
  refused(/discriminant/, (request) => {
    nodeOf(request, "Shape").struct.discriminantOffset = 1000;
  });
  refused(/discriminant|union/, (request) => {
    nodeOf(request, "Shape").struct.fields.get(1).discriminantValue = 77;
    nodeOf(request, "Shape").struct.fields.get(2).discriminantValue = 77;
  });
  refused(/scope|itself|held|somewhere/, (request) => {
    const point = nodeOf(request, "Point");
    point.scopeId = point.id;
  });
  refused(/two members named/, (request) => {
    nodeOf(request, "Point").struct.fields.get(1).name = "x";
  });
});

test("arguments that are not allowed are refused", { skip }, () => {
  const request = compileSchemas(["shapes.capnp"]);
  for (const wrong of [undefined, null, "text", 5, new ArrayBuffer(8)]) {
    assert.throws(() => generate(wrong as unknown as Uint8Array), {
      code: "ERR_TIDEMARK_ARGUMENT_TYPE",
    });
  }
  for (const runtime of ["", 'a"; evil(); "', "a\nb"]) {
    assert.throws(() => generate(request, { runtime }), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  }
  const [file] = generate(request, { runtime: "my-runtime" });
  assert.match(file?.text ?? "", /from "my-runtime\/generated";/);
});
