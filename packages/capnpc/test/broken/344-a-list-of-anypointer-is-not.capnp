@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :A(Text).B = (x=["abc"]); struct A(T) { using B = C(List(T)); struct C(U) { x @0 :U; y @1 :T; } z @0 :B; w @1 :A(Data).B; } 

struct After {
  first @0 :Text;
}
