@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S { x @0 :S = .c; } const c :S = (x = .c);

struct After {
  first @0 :Text;
}
