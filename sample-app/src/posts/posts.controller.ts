import { Body, Controller, Get, Logger, NotFoundException, Param, Post } from '@nestjs/common';
import { InjectTasks } from 'nestjs-celery';
import type { Tasks } from 'nestjs-celery';
import { rowId } from '../validation/readers.js';
import { schema } from '../validation/schema.js';
import { newPostSchema } from './new-post.js';
import type { NewPost } from './new-post.js';
import type { Post as PostRow } from './post.entity.js';
import { PostTasks } from './post.tasks.js';
import { PostsRepository } from './posts.repository.js';

@Controller('posts')
export class PostsController {
  readonly #logger = new Logger(PostsController.name);

  constructor(
    private readonly posts: PostsRepository,
    @InjectTasks(PostTasks) private readonly tasks: Tasks<PostTasks>,
  ) {}

  @Post()
  create(@Body({ schema: newPostSchema }) post: NewPost): Promise<PostRow> {
    return this.posts.add(post);
  }

  @Get()
  list(): Promise<PostRow[]> {
    return this.posts.latest();
  }

  @Get(':id')
  async read(@Param('id', { schema: schema(rowId) }) id: number): Promise<PostRow> {
    const post = await this.posts.find(id);
    if (!post) throw new NotFoundException(`There is no post ${id}.`);
    this.#countView(id);
    return post;
  }

  /** The reader does not wait for it: a broker that is away costs a view, not the page. */
  #countView(id: number): void {
    this.tasks.countView
      .delay(id)
      .catch((error: Error) => this.#logger.warn(`A view of post ${id} was not counted: ${error.message}`));
  }
}
