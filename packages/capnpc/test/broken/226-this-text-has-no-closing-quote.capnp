@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const g :Text = "abc
def";

struct After {
  first @0 :Text;
}
