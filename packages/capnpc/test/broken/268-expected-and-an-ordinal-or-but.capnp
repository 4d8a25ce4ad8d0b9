@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a :union $foo { a @0 :Void; b @1 :Void; } union $foo { c @2 :Void; d @3 :Void; } } annotation foo(union):Void;

struct After {
  first @0 :Text;
}
